//! The promises of the lease ledger when one of its assumptions breaks.

use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::lease::Entries;
use session_limit_core::ledger::{Effect, KeyPhase, LeaseSettings, LeaseTimes, Matched};
use session_limit_core::login::Phase::{Key as ByKey, Password};
use session_limit_core::methods::AuthenticationMethods::{self, PublicKeyOrPassword};
use session_limit_core::store::{Key, Store};
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected, connected_in_old_log, seconds};

const RESERVATION_TTL: Duration = LeaseTimes::DEFAULT_RESERVATION_TTL;
const SESSION_TTL: Duration = LeaseTimes::DEFAULT_SESSION_TTL;
const MOMENT: Duration = Duration::from_millis(1);

fn desk() -> Desk {
    Desk::new(KeyPhase::Strict, AuthenticationMethods::Password)
}

/// The number by which the known sessions exceed the limit of 1, as a login and the tracker report
/// it.
fn overdrafts(desk: &mut Desk, session: &str, now: Timestamp) -> (u32, u32) {
    let login = desk.try_admit(Password, HOME, 1, now).unwrap().report.overdraft;
    let tracker = desk.try_observe(session, connected(false, HOME), now, now).report.overdraft;
    (login, tracker)
}

#[test]
fn a_login_slower_than_login_time_counts_twice_until_its_reservation_expires() {
    let mut desk = desk();
    assert!(desk.admit(Password, HOME, 2, START));
    let at = START.after(LeaseTimes::DEFAULT_LOGIN_TIME + LeaseTimes::DEFAULT_SKEW + MOMENT);
    desk.observe("slow", connected(false, HOME), at, at);
    let end = START.after(RESERVATION_TTL);
    assert!(!desk.admit(Password, HOME, 2, end.before(MOMENT)));
    assert!(desk.admit(Password, HOME, 2, end));
}

/// The smallest case: the start of the slow login takes the reservation of the other, whose own
/// start is handled late.
#[test]
fn a_login_slower_than_login_time_may_leave_one_uncovered_from_its_reservations_end() {
    for (login_time, covers) in [(1, false), (2, true)] {
        let times = LeaseTimes::new(seconds(6), seconds(60)).unwrap();
        let times = times.with_login_time(seconds(login_time)).with_skew(Duration::ZERO);
        let settings = LeaseSettings::default().with_times(times);
        let mut desk = Desk::of(Arc::default(), settings);
        let at = |second| START.after(seconds(second));
        assert!(desk.admit(Password, HOME, 2, at(0)));
        assert!(desk.admit(Password, HOME, 2, at(2)));
        desk.observe("slow", connected(false, HOME), at(2), at(2));
        assert!(!desk.admit(Password, HOME, 2, at(6).before(MOMENT)));
        assert_eq!(desk.admit(Password, HOME, 2, at(6)), !covers, "LOGIN_TIME {login_time} s");
        desk.observe("other", connected(false, HOME), at(2), at(7));
        assert!(!desk.admit(Password, HOME, 2, at(7)));
    }
}

#[test]
fn a_start_later_than_its_reservation_is_not_counted_before_and_an_overdraft_then() {
    let mut desk = desk();
    assert!(desk.admit(Password, HOME, 1, START));
    let late = START.after(RESERVATION_TTL);
    assert!(!desk.admit(Password, HOME, 1, late.before(MOMENT)));
    assert!(desk.admit(Password, HOME, 1, late), "one too many");
    desk.observe("second", connected(false, HOME), late, late);
    assert_eq!(overdrafts(&mut desk, "second", late), (0, 0), "nobody sees it");
    desk.observe("late", connected(false, HOME), START, late);
    assert_eq!(overdrafts(&mut desk, "second", late), (1, 1));
}

/// A start that took it would make that other's start take the next one's, and so on.
#[test]
fn a_start_later_than_its_reservation_takes_that_of_nobody_else() {
    let mut desk = desk();
    let soon = START.after(seconds(1));
    let end = START.after(RESERVATION_TTL);
    assert!(desk.admit(Password, HOME, 2, START));
    assert!(desk.admit(Password, HOME, 2, soon));
    let late = desk.try_observe("late", connected(false, HOME), START, end);
    assert_eq!((late.counted, desk.open(end)), (Some(2), vec!["token-2".to_owned()]));
    let latest = soon.after(RESERVATION_TTL + 2 * LeaseTimes::DEFAULT_SKEW).before(MOMENT);
    let second = desk.try_observe("second", connected(false, HOME), soon, latest);
    assert_eq!(second.matched.map(Matched::has_reservation), Some(true));
    // It started as late as it may. Its reservation is kept for as long, and counts for nobody.
    let mut desk = self::desk();
    let at = START.after(LeaseTimes::DEFAULT_LOGIN_TIME + LeaseTimes::DEFAULT_SKEW);
    let latest = at.after(RESERVATION_TTL + 2 * LeaseTimes::DEFAULT_SKEW).before(MOMENT);
    assert!(desk.admit(Password, HOME, 2, START));
    assert!(desk.admit(Password, HOME, 2, latest));
    let late = desk.try_observe("late", connected(false, HOME), at, latest);
    assert_eq!(late.matched.map(Matched::has_reservation), Some(true));
    assert_eq!((late.counted, desk.open(latest)), (Some(2), vec!["token-2".to_owned()]));
}

#[test]
fn a_silent_session_is_taken_for_ended_and_its_next_activity_brings_it_back() {
    let mut desk = desk();
    assert!(desk.admit(Password, HOME, 1, START));
    desk.observe("silent", connected(false, HOME), START, START);
    let silence = START.after(SESSION_TTL);
    assert!(!desk.admit(Password, HOME, 1, silence.before(MOMENT)));
    assert!(desk.admit(Password, HOME, 1, silence), "one too many");
    desk.observe("second", connected(false, HOME), silence, silence);
    assert_eq!(overdrafts(&mut desk, "second", silence), (0, 0), "nobody sees it");
    assert_eq!(desk.observe("silent", EventKind::Activity, silence, silence), Effect::Adopted);
    assert_eq!(overdrafts(&mut desk, "second", silence), (1, 1));
}

#[test]
fn clocks_too_far_apart_make_a_login_count_twice_until_its_reservation_expires() {
    let mut desk = desk();
    let ahead = START.after(LeaseTimes::DEFAULT_SKEW + MOMENT);
    assert!(desk.admit(Password, HOME, 2, ahead)); // by the clock of the login's host
    desk.observe("aaa", connected(false, HOME), START, START);
    let end = ahead.after(RESERVATION_TTL);
    assert!(!desk.admit(Password, HOME, 2, end.before(MOMENT)));
    assert!(desk.admit(Password, HOME, 2, end));
}

/// A host does not count what has expired by its own clock, whoever needs it.
#[test]
fn a_fast_clock_does_not_count_the_reservations_of_others_and_admits_above_the_limit() {
    for (ahead, above) in [(299, false), (301, true)] {
        let mut desk = desk();
        assert!(desk.admit(Password, HOME, 1, START));
        assert!(!desk.admit(Password, HOME, 1, START));
        assert_eq!(desk.admit(Password, HOME, 1, START.after(seconds(ahead))), above);
        if above {
            // Both start, and both are seen.
            desk.observe("first", connected(false, HOME), START, START);
            desk.observe("second", connected(false, HOME), START, START);
            assert_eq!(overdrafts(&mut desk, "second", START), (1, 1));
        }
    }
}

#[test]
fn a_store_that_lost_its_memory_counts_a_session_again_once_it_is_active() {
    let mut desk = desk();
    assert!(desk.admit(Password, HOME, 1, START));
    desk.observe("first", connected(false, HOME), START, START);
    desk.store.evict(&Key::table(&desk.server, &desk.user));
    assert!(desk.admit(Password, HOME, 1, START), "one too many");
    desk.observe("second", connected(false, HOME), START, START);
    let due = START.after(SESSION_TTL / 4);
    let soon = due.before(MOMENT);
    assert_eq!(desk.observe("first", EventKind::Activity, soon, soon), Effect::Unchanged);
    assert_eq!(overdrafts(&mut desk, "second", soon), (0, 0));
    assert_eq!(desk.observe("first", EventKind::Activity, due, due), Effect::Adopted);
    assert_eq!(overdrafts(&mut desk, "second", due), (1, 1));
}

/// The write that creates a table has no version to go by. It may find none again later.
#[test]
fn a_write_that_arrives_too_late_brings_an_ended_session_back_until_its_lease_expires() {
    let mut desk = desk();
    let table = Key::table(&desk.server, &desk.user);
    desk.observe("aaa", connected(false, HOME), START, START);
    let load = |desk: &Desk, now| {
        let items = block_on(desk.store.load(std::slice::from_ref(&table), now)).unwrap();
        items.into_iter().next().flatten()
    };
    let on_the_way = load(&desk, START).unwrap().value;
    desk.observe("aaa", EventKind::Ended, START, START);
    let arrive = |now| block_on(desk.store.add(&table, &on_the_way, SESSION_TTL, now)).unwrap();
    arrive(START.after(seconds(60)));
    assert_eq!(
        desk.table(START.after(seconds(60))).sessions(),
        &Entries::default(),
        "within a minute it is in vain"
    );
    let late = START.after(seconds(3_600));
    arrive(late);
    let end = START.after(SESSION_TTL);
    assert!(!desk.admit(Password, HOME, 1, end.before(MOMENT)));
    assert!(desk.admit(Password, HOME, 1, end));
}

/// The session by key takes the younger reservation, that of the password. The one that is left for
/// the other expires sooner than its own would have.
#[test]
fn without_a_fingerprint_in_the_log_the_limit_is_not_exact() {
    for (kind, is_exact) in [(connected(true, HOME), true), (connected_in_old_log(HOME), false)] {
        let mut desk = Desk::new(KeyPhase::Strict, PublicKeyOrPassword);
        let at = |second| START.after(seconds(second));
        assert!(desk.admit(ByKey, HOME, 2, at(0)));
        assert!(desk.admit(Password, HOME, 2, at(100)));
        desk.observe("by-key", kind, at(110), at(110));
        // The other session starts in time, and its start is not handled yet.
        assert_eq!(desk.admit(Password, HOME, 2, at(301)), !is_exact);
    }
}
