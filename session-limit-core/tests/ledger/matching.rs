//! The reservation that each start takes.

use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{
    KeyPhase, LeaseSettings, LeaseTimes, Ledger, Matched, ReservationClass,
};
use session_limit_core::login::Phase::{Key as ByKey, Password};
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected, connected_in_old_log, seconds};

/// Another address.
const AWAY: [u8; 4] = [198, 51, 100, 7];
const MOMENT: Duration = Duration::from_millis(1);
const LOGIN_TIME: Duration = LeaseTimes::DEFAULT_LOGIN_TIME;
const RESERVATION_TTL: Duration = LeaseTimes::DEFAULT_RESERVATION_TTL;
const SKEW: Duration = LeaseTimes::DEFAULT_SKEW;

fn desk() -> Desk {
    Desk::new(KeyPhase::Strict, AuthenticationMethods::PublicKeyOrPassword)
}

fn at(second: u64) -> Timestamp {
    START.after(seconds(second))
}

/// A login by password at `now`.
fn log_in(desk: &mut Desk, source: [u8; 4], now: Timestamp) {
    assert!(desk.admit(Password, source, 99, now));
}

/// The start of a session by password, handled at `now`.
fn start(
    desk: &Desk,
    session: &str,
    source: [u8; 4],
    start: Timestamp,
    now: Timestamp,
) -> Option<Matched> {
    desk.try_observe(session, connected(false, source), start, now).matched
}

/// The match of a start that took a reservation which was made so many seconds before.
fn waited(seconds: u64) -> Option<Matched> {
    Some(Matched::Reservation { waited: Some(Duration::from_secs(seconds)) })
}

/// The match of a start that took one of several which could have been its own.
const ONE_OF_SEVERAL: Option<Matched> = Some(Matched::Reservation { waited: None });
const NOTHING: Option<Matched> = Some(Matched::Nothing);
const NONE: [&str; 0] = [];

// Classes.

#[test]
fn a_start_takes_nothing_from_another_address_and_that_is_told() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    assert_eq!(start(&desk, "away", AWAY, at(1), at(2)), Some(Matched::OtherAddress));
    assert_eq!(desk.open(at(2)), ["token-1"]);
    assert_eq!(start(&desk, "home", HOME, at(1), at(2)), waited(1));
    assert_eq!(desk.open(at(2)), NONE);
    assert_eq!(start(&desk, "another", AWAY, at(1), at(2)), NOTHING, "there is none any more");
}

#[test]
fn another_address_is_told_only_where_its_reservation_could_be_the_starts_own() {
    let mut desk = desk();
    assert!(desk.admit(ByKey, HOME, 9, at(0)));
    assert_eq!(start(&desk, "of-another-phase", AWAY, at(1), at(2)), NOTHING);
    log_in(&mut desk, HOME, at(10));
    assert_eq!(start(&desk, "too-early", AWAY, at(8).before(MOMENT), at(30)), NOTHING);
    assert_eq!(start(&desk, "too-late", AWAY, at(27).after(MOMENT), at(30)), NOTHING);
    for (session, second) in [("early", 8), ("late", 27)] {
        let told = start(&desk, session, AWAY, at(second), at(30));
        assert_eq!(told, Some(Matched::OtherAddress));
    }
    assert_eq!(desk.open(at(30)), ["token-1", "token-2"]);
}

/// A reservation that is left over from another address has no part in the matching of this start.
#[test]
fn starts_from_another_address_keep_what_they_have() {
    let mut desk = desk();
    log_in(&mut desk, AWAY, at(0));
    log_in(&mut desk, AWAY, at(10));
    assert_eq!(start(&desk, "away", AWAY, at(11), at(12)), ONE_OF_SEVERAL);
    // From there it would have taken the first, and the other would have moved on to the second.
    assert_eq!(start(&desk, "home", HOME, at(1), at(12)), NOTHING);
    assert_eq!(desk.open(at(12)), ["token-2"]);
    assert_eq!(start(&desk, "away-too", AWAY, at(1), at(12)), waited(1));
    assert_eq!(desk.open(at(12)), NONE);
}

#[test]
fn a_start_that_names_no_address_takes_nothing() {
    let mut desk = desk();
    let mut request = desk.request(Password, HOME, 9);
    request.source = None;
    block_on(desk.ledger.admit(&request, at(0))).unwrap();
    log_in(&mut desk, HOME, at(0));
    let kind = EventKind::connected(None, Some(Password));
    assert_eq!(desk.try_observe("aaa", kind, at(1), at(2)).matched, NOTHING);
    let kind = EventKind::connected(None, None);
    assert_eq!(desk.try_observe("bbb", kind, at(1), at(2)).matched, NOTHING);
    assert_eq!(desk.open(at(2)), ["token-1", "token-2"]);
    assert_eq!(desk.table(at(2)).sessions().len(), 2);
}

fn settings(reservation_class: ReservationClass) -> LeaseSettings {
    LeaseSettings::default()
        .with_key_phase(KeyPhase::Strict)
        .with_methods(ServerMethods::all(AuthenticationMethods::PublicKeyOrPassword))
        .with_reservation_class(reservation_class)
}

#[test]
fn by_user_the_address_makes_no_difference_and_the_phase_does() {
    let mut desk = Desk::of(Arc::default(), settings(ReservationClass::User));
    log_in(&mut desk, HOME, at(0));
    assert!(desk.admit(ByKey, HOME, 9, at(0)));
    assert_eq!(start(&desk, "away", AWAY, at(1), at(2)), waited(1));
    assert_eq!(start(&desk, "away-again", AWAY, at(1), at(2)), NOTHING);
    assert_eq!(desk.open(at(2)), ["token-2"]);
    let kind = EventKind::connected(None, Some(ByKey));
    assert_eq!(desk.try_observe("by-key", kind, at(2), at(2)).matched, waited(2));
}

/// The setting may change while reservations are open.
#[test]
fn a_reservation_stays_in_the_class_that_it_was_made_in() {
    let store = Arc::new(MemoryStore::new());
    let mut address = Desk::of(store.clone(), settings(ReservationClass::Address));
    let mut user = Desk::of(store, settings(ReservationClass::User));
    log_in(&mut address, HOME, at(0));
    assert!(!start(&user, "aaa", HOME, at(1), at(1)).unwrap().has_reservation());
    assert_eq!(start(&address, "bbb", HOME, at(1), at(1)), waited(1));
    user.request(Password, HOME, 9); // so that its token is another
    log_in(&mut user, HOME, at(2));
    assert!(!start(&address, "ccc", HOME, at(3), at(3)).unwrap().has_reservation());
    assert_eq!(start(&user, "ddd", HOME, at(3), at(3)), waited(1));
}

// Reach.

#[test]
fn a_start_takes_what_was_made_within_login_time_of_it_and_the_difference_of_clocks() {
    let earliest = at(100).before(LOGIN_TIME).before(SKEW);
    let latest = at(100).after(SKEW);
    for (created, is_taken) in [(earliest.before(MOMENT), false), (earliest, true), (latest, true)]
        .into_iter()
        .chain([(latest.after(MOMENT), false)])
    {
        let mut desk = desk();
        log_in(&mut desk, HOME, created);
        let matched = start(&desk, "aaa", HOME, at(100), at(103)).unwrap();
        assert_eq!(matched.has_reservation(), is_taken, "{created:?}");
        assert_eq!(desk.open(at(103)).is_empty(), is_taken);
    }
}

#[test]
fn each_phase_has_a_login_time_of_its_own() {
    let time = LeaseTimes::DEFAULT_KEY_LOGIN_TIME + SKEW;
    for (created, is_taken) in
        [(at(200).before(time), true), (at(200).before(time + MOMENT), false)]
    {
        let mut desk = desk();
        assert!(desk.admit(ByKey, HOME, 9, created));
        desk.observe("aaa", connected(true, HOME), at(200), at(200));
        assert_eq!(desk.open(at(200)).is_empty(), is_taken, "{created:?}");
    }
}

#[test]
fn the_oldest_in_reach_is_taken() {
    let mut desk = desk();
    for second in [0, 10, 20, 30] {
        log_in(&mut desk, HOME, at(second));
    }
    assert_eq!(start(&desk, "aaa", HOME, at(25), at(31)), ONE_OF_SEVERAL);
    assert_eq!(desk.open(at(31)), ["token-1", "token-3", "token-4"]);
    assert_eq!(start(&desk, "bbb", HOME, at(31), at(31)), ONE_OF_SEVERAL);
    assert_eq!(desk.open(at(31)), ["token-1", "token-4"]);
}

// The facts, not the order in which they came.

#[test]
fn a_late_start_takes_what_it_would_have_taken_in_time() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    log_in(&mut desk, HOME, at(10));
    assert_eq!(start(&desk, "second", HOME, at(11), at(12)), ONE_OF_SEVERAL);
    assert_eq!(desk.open(at(12)), ["token-2"]);
    // Too early for the second reservation: the other start makes room.
    assert_eq!(start(&desk, "first", HOME, at(1), at(60)), waited(1));
    assert_eq!(desk.open(at(60)), NONE);
}

#[test]
fn a_late_start_takes_nothing_that_is_out_of_its_reach_from_a_later_one() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(10));
    log_in(&mut desk, HOME, at(12));
    assert_eq!(start(&desk, "second", HOME, at(11), at(12)), ONE_OF_SEVERAL);
    assert_eq!(start(&desk, "first", HOME, at(1), at(12)), NOTHING);
    assert_eq!(desk.open(at(12)), ["token-2"]);
}

#[test]
fn a_start_for_which_none_is_left_moves_none_of_its_likes() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    assert_eq!(start(&desk, "second", HOME, at(11), at(12)), waited(11));
    // The reservation is its own by the matching, and the other start has none.
    assert_eq!(start(&desk, "first", HOME, at(1), at(60)), NOTHING);
    assert_eq!(start(&desk, "third", HOME, at(1), at(60)), NOTHING);
    assert_eq!(desk.table(at(60)).sessions().len(), 3);
    log_in(&mut desk, HOME, at(18));
    assert_eq!(
        start(&desk, "fourth", HOME, at(18), at(60)),
        waited(0),
        "forgotten, they take none"
    );
    assert_eq!(desk.open(at(60)), NONE);
}

/// Remembered, it would take the reservation of a later login.
#[test]
fn a_start_left_without_a_reservation_is_forgotten() {
    let mut desk = desk();
    assert_eq!(start(&desk, "first", HOME, at(5), at(5)), NOTHING);
    log_in(&mut desk, HOME, at(6)); // in its reach
    assert_eq!(start(&desk, "second", HOME, at(4), at(7)), waited(0));
    assert_eq!(desk.open(at(7)), NONE);
}

/// The time for which a start can still take a reservation.
const MEMORY: Duration = RESERVATION_TTL.saturating_add(SKEW).saturating_add(SKEW);

#[test]
fn a_start_older_than_what_is_remembered_consumes_nothing() {
    for (now, is_taken) in
        [(at(1).after(MEMORY).before(MOMENT), true), (at(1).after(MEMORY), false)]
    {
        let mut desk = desk();
        log_in(&mut desk, HOME, at(0));
        log_in(&mut desk, HOME, at(10));
        assert_eq!(start(&desk, "second", HOME, at(11), at(12)), ONE_OF_SEVERAL);
        // It would take the first reservation, whose own time is over, and the other the second.
        let matched = start(&desk, "first", HOME, at(1), now).unwrap();
        assert_eq!(matched.has_reservation(), is_taken);
        assert_eq!(desk.open(now).is_empty(), is_taken);
    }
}

/// S3: a host whose clock is ahead drops the tombstone first, and what it knew with it.
#[test]
fn a_start_repeated_when_its_tombstone_is_gone_consumes_nothing() {
    for earlier in [Duration::ZERO, MOMENT, SKEW] {
        let mut desk = desk();
        for second in [0, 0, 10] {
            log_in(&mut desk, HOME, at(second));
        }
        start(&desk, "first", HOME, at(0), at(1));
        desk.observe("first", EventKind::Ended, at(0), at(1));
        start(&desk, "second", HOME, at(11), at(12));
        assert_eq!(desk.open(at(12)), ["token-3"]);
        let now = at(0).after(MEMORY).before(earlier);
        log_in(&mut desk, HOME, now.after(SKEW));
        start(&desk, "first", HOME, at(0), now);
        assert_eq!(desk.open(now), ["token-3", "token-4"], "{earlier:?} earlier");
    }
}

#[test]
fn a_pair_is_remembered_as_long_as_an_earlier_start_may_come() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    log_in(&mut desk, HOME, at(10));
    start(&desk, "second", HOME, at(12), at(12));
    // Its reservation's own time is over, and another start is handled.
    let now = at(1).after(RESERVATION_TTL);
    start(&desk, "third", HOME, at(200), now);
    assert_eq!(desk.open(now), ["token-2"]);
    assert_eq!(start(&desk, "first", HOME, at(1), now), waited(1));
    assert_eq!(desk.open(now), NONE);
}

// How long a login took.

#[test]
fn the_time_of_a_login_is_told_only_where_it_is_certain() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    log_in(&mut desk, AWAY, at(1));
    log_in(&mut desk, HOME, at(10));
    assert_eq!(start(&desk, "first", HOME, at(2), at(12)), waited(2), "only one is old enough");
    assert_eq!(
        start(&desk, "second", HOME, at(11), at(12)),
        ONE_OF_SEVERAL,
        "the first may be its"
    );
    log_in(&mut desk, HOME, at(30));
    assert_eq!(start(&desk, "third", HOME, at(31), at(32)), waited(1));
}

#[test]
fn the_time_of_a_login_is_its_own_where_another_start_makes_room() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    log_in(&mut desk, HOME, at(10));
    start(&desk, "second", HOME, at(15), at(16));
    assert_eq!(start(&desk, "first", HOME, at(3), at(16)), waited(3));
}

#[test]
fn in_an_old_log_the_time_of_a_login_is_certain_only_if_none_of_the_other_phase_is_in_reach() {
    let mut desk = desk();
    let tell = |desk: &Desk, session: &str, second| {
        desk.try_observe(session, connected_in_old_log(HOME), at(second), at(second)).matched
    };
    log_in(&mut desk, HOME, at(0));
    assert_eq!(tell(&desk, "first", 1), waited(1));
    log_in(&mut desk, HOME, at(20));
    assert!(desk.admit(ByKey, HOME, 9, at(20)));
    assert_eq!(tell(&desk, "second", 21), ONE_OF_SEVERAL);
    assert_eq!(tell(&desk, "third", 22), ONE_OF_SEVERAL);
}

/// With a key and a password under `auto` a key login only looks: nobody reserves by key there.
#[test]
fn a_key_start_is_told_to_have_found_nothing_where_key_logins_reserve() {
    for (has_password, told) in [(true, Matched::OnlyLooked), (false, Matched::Nothing)] {
        let settings = settings(ReservationClass::Address);
        let settings = settings.with_key_phase(KeyPhase::Auto);
        let mut desk = Desk::of(Arc::default(), settings);
        let mut request = desk.request(ByKey, HOME, 9);
        request.has_password = has_password;
        block_on(desk.ledger.admit(&request, at(0))).unwrap();
        let late = at(0).after(LeaseTimes::DEFAULT_KEY_LOGIN_TIME).after(SKEW).after(MOMENT);
        let observed = desk.try_observe("slow", connected(true, HOME), late, late);
        assert_eq!(observed.matched, Some(told));
    }
}

/// Only a login by key that only looks has a reason to have left nothing.
#[test]
fn a_start_is_told_to_have_only_looked_where_its_login_could_do_no_more() {
    use AuthenticationMethods::{PublicKey, PublicKeyAndPassword, PublicKeyOrPassword};
    let (by_key, by_password) = (connected(true, HOME), connected(false, HOME));
    let in_old_log = connected_in_old_log(HOME);
    for (methods, kind, told) in [
        (PublicKeyOrPassword, by_key, Matched::OnlyLooked),
        (PublicKeyOrPassword, in_old_log, Matched::OnlyLooked),
        (PublicKeyOrPassword, by_password, Matched::Nothing),
        (PublicKeyAndPassword, by_key, Matched::Nothing),
        (PublicKeyAndPassword, in_old_log, Matched::Nothing),
        (PublicKey, by_key, Matched::Nothing),
    ] {
        let settings = settings(ReservationClass::Address)
            .with_key_phase(KeyPhase::Auto)
            .with_methods(ServerMethods::all(methods));
        let desk = Desk::of(Arc::default(), settings);
        let observed = desk.try_observe("aaa", kind, at(0), at(0));
        assert_eq!(observed.matched, Some(told), "{methods:?}, {kind:?}");
    }
}

/// Other starts of its address have found their reservations, so login and log see the same
/// address.
#[test]
fn a_slow_login_is_not_taken_for_one_from_another_address() {
    let mut desk = desk();
    log_in(&mut desk, HOME, at(0));
    log_in(&mut desk, HOME, at(0));
    start(&desk, "quick", HOME, at(1), at(1));
    log_in(&mut desk, AWAY, at(30));
    assert_eq!(start(&desk, "slow", HOME, at(31), at(31)), NOTHING);
}
