//! Activities: they keep sessions, and bring back forgotten ones, whatever fails on the way.

use std::sync::Arc;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::lease::Entries;
use session_limit_core::ledger::{Effect, KeyPhase, LeaseLedger, LeaseSettings, Ledger};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::SessionId;
use session_limit_core::store::{Key, Store, TableStore};

use crate::desk::{Desk, HOME, START, connected, seconds};
use crate::stepped::{Fault, Stepped, finish};

#[test]
fn an_activity_that_told_of_a_session_is_repeated_from_wherever_it_failed() {
    for operation in 0..6 {
        for fault in [Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost] {
            let desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
            let mut event = desk.event("aaa", EventKind::Activity, START);
            event.user = Some(desk.user.clone());
            let view = Stepped::new(desk.store.clone(), Arc::default(), Some((operation, fault)));
            let first_try = LeaseLedger::new(view, LeaseSettings::default());
            let _ = finish(first_try.observe(&event, START));
            block_on(desk.ledger.observe(&event, START.after(seconds(60)))).unwrap();
            let sessions = desk.table(START.after(seconds(60))).sessions().len();
            assert_eq!(sessions, 1, "{fault:?} at {operation}");
        }
    }
}

#[test]
fn a_session_lives_three_quarters_of_its_ttl_after_the_last_activity_whatever_crashed() {
    let hour = |hour: u64| START.after(seconds(hour * 3_600));
    for operation in 0..6 {
        let desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        desk.observe("aaa", connected(false, HOME), START, START);
        let fault = Some((operation, Fault::Unavailable));
        let view = Stepped::new(desk.store.clone(), Arc::default(), fault);
        let crashing = LeaseLedger::new(view, LeaseSettings::default());
        let _ = finish(crashing.observe(&desk.event("aaa", EventKind::Activity, hour(7)), hour(7)));
        desk.observe("aaa", EventKind::Activity, hour(12), hour(12));
        desk.observe("aaa", EventKind::Activity, hour(17), hour(17));
        assert_eq!(desk.table(hour(17 + 18)).sessions().len(), 1, "a crash at {operation}");
    }
}

#[test]
fn a_late_activity_finishes_what_an_earlier_one_left_undone() {
    let desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let table = Key::table(&desk.server, &desk.user);
    desk.observe("aaa", connected(false, HOME), START, START);
    let item = block_on(desk.store.load(std::slice::from_ref(&table), START)).unwrap().remove(0);
    desk.observe("aaa", EventKind::Ended, START, START);
    // As if an activity had put the session back and crashed before it looked again.
    desk.store.evict(&table);
    block_on(desk.store.add(&table, &item.unwrap().value, seconds(60), START)).unwrap();
    assert_eq!(desk.observe("aaa", EventKind::Activity, START, START), Effect::Ended);
    assert_eq!(desk.table(START).sessions(), &Entries::default());
}

#[test]
fn a_renewal_that_reached_only_the_table_is_repeated() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 1, START));
    desk.observe("aaa", connected(false, HOME), START, START);
    let later = START.after(seconds(10 * 3_600));
    // The record is put back as if the handler had crashed before writing it.
    let key = Key::session(&desk.server, &SessionId::new("aaa").unwrap());
    let load =
        || block_on(desk.store.load(std::slice::from_ref(&key), later)).unwrap().remove(0).unwrap();
    let before = load();
    desk.observe("aaa", EventKind::Activity, later, later);
    let renewed = desk.table(later);
    let after = load();
    assert_ne!(before.value, after.value);
    block_on(desk.store.replace(&key, &after.version, &before.value, seconds(99_999), later))
        .unwrap();
    desk.observe("aaa", EventKind::Activity, later, later);
    assert_eq!(load().value, after.value);
    assert_eq!(desk.table(later), renewed);
}

#[test]
fn an_activity_that_names_its_user_replaces_a_damaged_session_record() {
    let desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let mut activity = desk.event("aaa", EventKind::Activity, START);
    activity.user = Some(desk.user.clone());
    let key = Key::session(&desk.server, &activity.session);
    block_on(desk.store.add(&key, b"\x01 nonsense", seconds(60), START)).unwrap();
    for damaged in [true, false] {
        let observed = block_on(desk.ledger.observe(&activity, START)).unwrap();
        assert_eq!(observed.report.damaged, damaged);
    }
    assert_eq!(desk.table(START).sessions().len(), 1);
    assert_eq!(desk.observe("aaa", EventKind::Ended, START, START), Effect::Ended);
}
