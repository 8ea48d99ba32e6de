//! Reservations that have expired and are kept for their own late starts, where there is little
//! room.

use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::EventKind::Ended;
use session_limit_core::ledger::{KeyPhase, LeaseTimes};
use session_limit_core::login::Phase::{Key, Password};
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::{Key as StoreKey, MemoryStore, Store};

use crate::desk::{Desk, HOME, START, connected, seconds};

/// The largest limit of 16 kilobytes. There is room for 32 reservations more.
const LARGEST: u32 = 153;

#[test]
fn probes_that_have_expired_do_not_keep_others_from_taking_slots() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::PublicKey);
    let end = START.after(LeaseTimes::DEFAULT_RESERVATION_TTL);
    for now in [START, end] {
        for number in 0..64 {
            let admission = desk.try_admit(Key, [10, 0, 0, number], 2, now).unwrap();
            assert!(!admission.report.unreserved, "{number}");
        }
    }
}

/// The stored table is measured: [`Desk::table`] does not show the reservations that have expired.
#[test]
fn a_reservation_that_has_expired_is_gone_when_no_start_may_take_it() {
    let times = LeaseTimes::default();
    let latest_start = START.after(times.key_login_time() + times.skew());
    let end = latest_start.after(times.reservation_ttl() + 3 * times.skew());
    for (now, is_kept) in [(end.before(Duration::from_millis(1)), true), (end, false)] {
        let mut desk = Desk::new(KeyPhase::Strict, AuthenticationMethods::PublicKey);
        let mut admit = |now| {
            assert!(desk.admit(Key, HOME, 1, now));
            let key = StoreKey::table(&desk.server, &desk.user);
            block_on(desk.store.load(&[key], now)).unwrap().remove(0).unwrap().value.len()
        };
        let (one, then) = (admit(START), admit(now));
        assert_eq!(then > one, is_kept);
    }
}

/// Nobody can tell any more which of the starts have theirs.
#[test]
fn the_starts_of_reservations_that_were_dropped_for_room_take_those_of_nobody_else() {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Strict, AuthenticationMethods::Password);
    let soon = START.after(seconds(5));
    let end = START.after(LeaseTimes::DEFAULT_RESERVATION_TTL);
    for (count, now) in [(40, START), (113, soon), (40, end)] {
        for number in 0..count {
            assert!(desk.admit(Password, HOME, LARGEST, now), "{number} of {count}");
        }
    }
    for number in 0..40 {
        let session = format!("late-{number}");
        let at = START.after(seconds(4));
        desk.observe(&session, Ended, at, end);
        desk.observe(&session, connected(false, HOME), at, end);
    }
    assert_eq!(desk.open(end).len(), 153);
}
