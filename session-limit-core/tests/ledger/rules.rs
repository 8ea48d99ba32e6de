//! The lease ledger's rules, one at a time.

use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::lease::Entries;
use session_limit_core::ledger::{
    Admitted, Effect, KeyPhase, LeaseTimes, Ledger, LedgerError, Verdict,
};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::SessionId;
use session_limit_core::store::{Key, MemoryStore, Store, StoreError};
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected, seconds};

#[test]
fn a_lease_of_nothing_expires_and_not_before() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 1, START)); // and vanishes
    let end = START.after(LeaseTimes::DEFAULT_RESERVATION_TTL);
    assert!(!desk.admit(Phase::Password, HOME, 1, end.before(Duration::from_millis(1))));
    assert!(desk.admit(Phase::Password, HOME, 1, end));
    desk.observe("aaa", connected(false, HOME), end, end); // and its end is lost
    let end = end.after(LeaseTimes::DEFAULT_SESSION_TTL);
    assert!(!desk.admit(Phase::Password, HOME, 1, end.before(Duration::from_millis(1))));
    assert!(desk.admit(Phase::Password, HOME, 1, end));
}

#[test]
fn activity_keeps_a_session_and_brings_back_a_forgotten_one() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 1, START));
    desk.observe("aaa", connected(false, HOME), START, START);
    let later = START.after(seconds(18 * 3_600));
    assert_eq!(desk.observe("aaa", EventKind::Activity, later, later), Effect::Renewed);
    let end = later.after(LeaseTimes::DEFAULT_SESSION_TTL);
    assert!(!desk.admit(Phase::Password, HOME, 1, end.before(Duration::from_millis(1))));
    desk.store.evict(&Key::table(&desk.server, &desk.user));
    let soon = later.after(seconds(7 * 3_600));
    assert_eq!(desk.observe("aaa", EventKind::Activity, soon, soon), Effect::Adopted);
    assert!(!desk.admit(Phase::Password, HOME, 1, soon));
}

#[test]
fn a_login_rolled_back_frees_its_own_slot_only() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let (first, second) =
        (desk.request(Phase::Password, HOME, 2), desk.request(Phase::Password, HOME, 2));
    for request in [&first, &second] {
        block_on(desk.ledger.admit(request, START)).unwrap();
    }
    for _ in 0..3 {
        block_on(desk.ledger.roll_back(&first, Admitted::Unknown, START)).unwrap();
    }
    let table = desk.table(START);
    let left: Vec<_> = table.reservations().iter().map(|r| r.token).collect();
    assert_eq!(left, [second.token]);
}

#[test]
fn the_same_login_asked_twice_takes_one_slot() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let request = desk.request(Phase::Password, HOME, 1);
    for _ in 0..3 {
        let admission = block_on(desk.ledger.admit(&request, START)).unwrap();
        assert_eq!((admission.verdict, admission.counted), (Verdict::Admitted, 1));
    }
}

/// Its reservation is still there for a start that comes late, and counts no more.
#[test]
fn a_login_asked_again_after_its_reservation_has_expired_needs_a_free_slot() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let end = START.after(LeaseTimes::DEFAULT_RESERVATION_TTL);
    let request = desk.request(Phase::Password, HOME, 1);
    let ask = |desk: &Desk| block_on(desk.ledger.admit(&request, end)).unwrap().verdict;
    block_on(desk.ledger.admit(&request, START)).unwrap();
    let other = desk.request(Phase::Password, HOME, 1);
    block_on(desk.ledger.admit(&other, end)).unwrap();
    assert_eq!(ask(&desk), Verdict::Refused);
    block_on(desk.ledger.roll_back(&other, Admitted::Yes, end)).unwrap();
    assert_eq!(ask(&desk), Verdict::Admitted);
    assert_eq!(desk.open(end), [request.token.to_string()]);
    block_on(desk.ledger.roll_back(&request, Admitted::Yes, end)).unwrap();
    assert_eq!(desk.open(end).len(), 0);
}

#[test]
fn a_limit_lowered_below_the_live_count_refuses_and_reports_the_overdraft() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    for number in 0..3 {
        assert!(desk.admit(Phase::Password, HOME, 3, START));
        desk.observe(&format!("session-{number}"), connected(false, HOME), START, START);
    }
    let refused = desk.try_admit(Phase::Password, HOME, 1, START).unwrap();
    assert_eq!(refused.verdict, Verdict::Refused);
    assert_eq!((refused.counted, refused.report.overdraft), (3, 2));
    for number in 0..3 {
        assert!(!desk.admit(Phase::Password, HOME, 1, START), "after {number} ends");
        desk.observe(&format!("session-{number}"), EventKind::Ended, START, START);
    }
    assert!(desk.admit(Phase::Password, HOME, 1, START));
}

#[test]
fn a_user_of_whom_nothing_is_known_has_no_table() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let table = |desk: &Desk| block_on(desk.ledger.table(&desk.server, &desk.user, START)).unwrap();
    assert_eq!(table(&desk), None);
    assert!(desk.admit(Phase::Password, HOME, 1, START));
    assert_eq!(table(&desk).unwrap().reservations().len(), 1);
}

#[test]
fn a_damaged_table_is_reported_and_replaced() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let key = Key::table(&desk.server, &desk.user);
    block_on(desk.store.add(&key, b"\x01 nonsense", seconds(60), START)).unwrap();
    assert!(matches!(
        block_on(desk.ledger.table(&desk.server, &desk.user, START)),
        Err(LedgerError::Store(StoreError::Corrupt(_)))
    ));
    assert!(desk.try_admit(Phase::Password, HOME, 1, START).unwrap().report.damaged);
    assert!(!desk.try_admit(Phase::Password, HOME, 1, START).unwrap().report.damaged);
}

#[test]
fn a_damaged_session_record_is_reported_and_replaced() {
    let desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let observe = |session, kind| desk.try_observe(session, kind, START, START);
    for (session, first) in
        [("aaa", connected(false, HOME)), ("bbb", EventKind::Ended), ("ccc", EventKind::Activity)]
    {
        let key = Key::session(&desk.server, &SessionId::new(session).unwrap());
        block_on(desk.store.add(&key, b"\x01 nonsense", seconds(60), START)).unwrap();
        assert!(observe(session, first).report.damaged, "{first:?}");
        observe(session, connected(false, HOME));
        let ended = observe(session, EventKind::Ended);
        assert!(!ended.report.damaged, "{first:?}");
        assert_eq!(ended.user.as_ref(), Some(&desk.user), "{first:?}");
    }
    assert_eq!(desk.table(START).sessions(), &Entries::default());
}

#[test]
fn a_table_of_a_newer_version_is_left_alone() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let key = Key::table(&desk.server, &desk.user);
    block_on(desk.store.add(&key, b"\x02 from the future", seconds(60), START)).unwrap();
    let error = desk.try_admit(Phase::Password, HOME, 1, START).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let token = desk.request(Phase::Password, HOME, 1).token;
    block_on(desk.ledger.release(&desk.server, &desk.user, &token, START)).unwrap_err();
    for (session, kind) in
        [("aaa", connected(false, HOME)), ("bbb", EventKind::Ended), ("ccc", EventKind::Activity)]
    {
        let mut event = desk.event(session, kind, START);
        event.user = Some(desk.user.clone());
        let error = block_on(desk.ledger.observe(&event, START)).unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    let items = block_on(desk.store.load(&[key], START)).unwrap();
    assert_eq!(items[0].as_ref().unwrap().value, b"\x02 from the future");
}

#[test]
fn a_limit_that_does_not_fit_the_store_is_refused() {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 100, START));
    let error = desk.try_admit(Phase::Password, HOME, u32::MAX, START).unwrap_err();
    let LedgerError::LimitTooLarge { capacity, .. } = error else { panic!("{error}") };
    assert!(!error.is_retryable());
    assert!(desk.admit(Phase::Password, HOME, capacity, START));
    desk.try_admit(Phase::Password, HOME, capacity + 1, START).unwrap_err();
}

/// The largest limit of 16 kilobytes.
const LARGEST: u32 = 153;

fn desk_of_16_kilobytes() -> Desk {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Strict, AuthenticationMethods::Password);
    desk.try_admit(Phase::Password, HOME, LARGEST + 1, START).unwrap_err();
    desk
}

fn starts(desk: &Desk, name: &str, count: u32, at: Timestamp, now: Timestamp) {
    for number in 0..count {
        let effect = desk.observe(&format!("{name}-{number}"), connected(false, HOME), at, now);
        assert_eq!(effect, Effect::Started);
    }
}

/// S1 where login and log see different addresses, so that reservations are left over beside sessions.
#[test]
fn a_session_whose_start_finds_nothing_counts_however_full_the_table_is() {
    let mut desk = desk_of_16_kilobytes();
    let at = |n| START.after(seconds(n));
    for _ in 0..150 {
        assert!(desk.admit(Phase::Password, HOME, LARGEST, START));
    }
    let from_elsewhere = connected(false, [198, 51, 100, 7]);
    for number in 0..150 {
        let effect = desk.observe(&format!("session-{number}"), from_elsewhere, at(10), at(22));
        assert_eq!(effect, Effect::Started);
    }
    assert_eq!(desk.table(at(22)).sessions().len(), 150);
}

/// S1 where starts are not to consume what is theirs.
#[test]
fn a_session_from_before_the_floor_counts_however_full_the_table_is() {
    let mut desk = desk_of_16_kilobytes();
    let at = |n| START.after(seconds(n));
    for _ in 0..150 {
        assert!(desk.admit(Phase::Password, HOME, LARGEST, START));
    }
    for number in 0..65 {
        let session = format!("short-{number}");
        assert!(desk.admit(Phase::Password, HOME, LARGEST, at(11)));
        desk.observe(&session, connected(false, HOME), at(11), at(11));
        desk.observe(&session, EventKind::Ended, at(11), at(11));
    }
    starts(&desk, "slow", 150, at(10), at(22));
    assert_eq!(desk.table(at(22)).sessions().len(), 150);
    // One that is over needs no place, and frees nobody's.
    let before = desk.table(at(22));
    desk.observe("short-0", connected(false, HOME), at(10), at(22));
    assert_eq!(desk.table(at(22)).reservations(), before.reservations());
}

/// S7: the table fits the store under any churn.
#[test]
fn churn_does_not_grow_the_table() {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Auto, AuthenticationMethods::PublicKeyOrPassword);
    let mut now = START;
    for number in 0_u32..3_000 {
        now = now.after(Duration::from_millis(50));
        let [.., third, fourth] = number.to_be_bytes();
        // Probes by key from everywhere, and short sessions by password.
        assert!(desk.admit(Phase::Key, [10, 0, third, fourth], 100, now));
        if desk.admit(Phase::Password, HOME, 100, now) {
            let session = format!("{number:032x}");
            desk.observe(&session, connected(false, HOME), now, now);
            desk.observe(&session, EventKind::Ended, now, now);
        }
    }
    let key = Key::table(&desk.server, &desk.user);
    let item = block_on(desk.store.load(&[key], now)).unwrap().remove(0).unwrap();
    assert!(item.value.len() <= 16_384);
    assert_eq!(desk.table(now).sessions().len(), 0);
}

#[test]
fn an_end_is_remembered_while_its_start_could_find_a_reservation() {
    let desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    desk.observe("aaa", connected(false, HOME), START, START);
    desk.observe("aaa", EventKind::Ended, START, START);
    // By a clock that is ahead of the one by which the start is handled.
    let until = START.after(LeaseTimes::DEFAULT_RESERVATION_TTL + 3 * LeaseTimes::DEFAULT_SKEW);
    assert_eq!(desk.table(until.before(Duration::from_millis(1))).tombstones().len(), 1);
    assert_eq!(desk.table(until).tombstones().len(), 0);
}

#[test]
fn as_many_ends_are_remembered_as_the_store_has_room_for() {
    for (len, remembered) in [(16_384, 61), (65_536, 247), (1_048_576, 300)] {
        let store = MemoryStore::with_max_value_len(len);
        let desk = Desk::with(store, KeyPhase::Auto, AuthenticationMethods::Password);
        for number in 0..300 {
            let session = format!("session-{number}");
            desk.observe(&session, connected(false, HOME), START, START);
            desk.observe(&session, EventKind::Ended, START, START);
        }
        assert_eq!(desk.table(START).tombstones().len(), remembered, "{len} bytes");
    }
}

/// The floor: what is no longer remembered is not taken for new.
#[test]
fn a_start_repeated_after_its_tombstone_was_dropped_consumes_nothing() {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Auto, AuthenticationMethods::Password);
    let mut now = START;
    for number in 0..100 {
        now = now.after(seconds(1));
        assert!(desk.admit(Phase::Password, HOME, 9, now));
        desk.observe(&format!("session-{number}"), connected(false, HOME), now, now);
        desk.observe(&format!("session-{number}"), EventKind::Ended, now, now);
    }
    let table = desk.table(now);
    let oldest = table.tombstones().iter().next().map(|stone| stone.id.to_string());
    assert_eq!((oldest.as_deref(), table.tombstones().len()), (Some("session-39"), 61));
    // Starts repeated, of the first and of the last that is forgotten; their records are lost as well.
    assert!(desk.admit(Phase::Password, HOME, 9, START));
    assert!(desk.admit(Phase::Password, HOME, 9, START.after(seconds(39))));
    for (session, second) in [("session-0", 1), ("session-38", 39)] {
        desk.store.evict(&Key::session(&desk.server, &SessionId::new(session).unwrap()));
        desk.observe(session, connected(false, HOME), START.after(seconds(second)), now);
        assert_eq!(desk.table(now).reservations().len(), 2);
    }
    // A start after the floor consumes as ever.
    assert!(desk.admit(Phase::Password, HOME, 9, now));
    desk.observe("session-new", connected(false, HOME), now, now);
    assert_eq!(desk.table(now).reservations().len(), 2);
}

/// The clocks of two hosts differ, so that an end, or an activity, seems to be older than the start.
/// If the end is what is forgotten, and the record is lost, the start must be, too.
#[test]
fn a_start_that_seems_younger_than_its_end_consumes_nothing_once_the_end_is_forgotten() {
    let at = |second| START.after(seconds(second));
    let (start, end) = ((connected(false, HOME), at(3)), (EventKind::Ended, at(2)));
    let activity = (EventKind::Activity, at(1));
    for events in [vec![start, end], vec![end, start], vec![activity, start, end]] {
        let mut desk = desk_of_16_kilobytes();
        assert!(desk.admit(Phase::Password, HOME, 9, at(2)));
        for (kind, at) in &events {
            let mut event = desk.event("first", *kind, *at);
            event.user = Some(desk.user.clone());
            block_on(desk.ledger.observe(&event, START.after(seconds(4)))).unwrap();
        }
        assert_eq!(desk.open(at(4)), [""; 0], "it consumed, {events:?}");
        for number in 0..61 {
            let session = format!("session-{number}");
            desk.observe(&session, connected(false, HOME), at(60), at(60));
            desk.observe(&session, EventKind::Ended, at(60), at(60));
        }
        assert!(desk.table(at(60)).tombstones().iter().all(|stone| stone.id.as_str() != "first"));
        assert!(desk.admit(Phase::Password, HOME, 9, at(4)));
        desk.store.evict(&Key::session(&desk.server, &SessionId::new("first").unwrap()));
        desk.observe("first", start.0, start.1, at(60));
        assert_eq!(desk.open(at(60)), ["token-3"], "it consumed again, {events:?}");
    }
}

#[test]
fn ends_heard_of_late_neither_blind_the_floor_nor_push_out_what_is_fresh() {
    let mut desk = desk_of_16_kilobytes();
    let now = START.after(seconds(7_200));
    let late_ends = |desk: &Desk| {
        for number in 0..70 {
            let at = START.after(seconds(number));
            let mut end = desk.event(&format!("late-{number}"), EventKind::Ended, at);
            end.user = Some(desk.user.clone());
            block_on(desk.ledger.observe(&end, now)).unwrap();
        }
    };
    late_ends(&desk);
    assert!(desk.admit(Phase::Password, HOME, 2, now));
    desk.observe("fresh", connected(false, HOME), now, now);
    assert_eq!(desk.table(now).reservations().len(), 0, "one login counts twice");
    desk.observe("fresh", EventKind::Ended, now, now);
    late_ends(&desk);
    assert!(desk.admit(Phase::Password, HOME, 2, now));
    desk.observe("fresh", connected(false, HOME), now, now); // repeated
    assert_eq!(desk.table(now).reservations().len(), 1, "it consumed a second time");
}
