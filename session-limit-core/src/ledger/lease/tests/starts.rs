//! The word on starts: what each has found, however it is heard of.

use super::sheet::{START, Sheet, at, start};
use super::*;
use crate::login::Phase::{Key, Password};

const FOUND: Option<Matched> = Some(Matched::Reservation { waited: Some(Duration::from_secs(1)) });

fn id() -> SessionId {
    SessionId::new("aaa").unwrap()
}

#[test]
fn a_start_after_its_end_finds_its_reservation() {
    let mut sheet = Sheet::with_room_for(9);
    sheet.log_in("login", Password, 1, at(0));
    sheet.apply(&Operation::Ended { session: id(), at: at(2) }, at(2));
    let outcome = sheet.apply(&Operation::Connected(start("aaa", Password, 1, at(1))), at(3));
    assert_eq!((outcome.effect, outcome.matched), (Effect::StartedAndEnded, FOUND));
    assert!(sheet.open().is_empty());
}

#[test]
fn a_start_after_an_activity_finds_its_reservation() {
    let mut sheet = Sheet::with_room_for(9);
    sheet.log_in("login", Password, 1, at(0));
    sheet.apply(&Operation::Activity { session: id(), at: at(2) }, at(2));
    let outcome = sheet.apply(&Operation::Connected(start("aaa", Password, 1, at(1))), at(3));
    assert_eq!((outcome.effect, outcome.matched), (Effect::Started, FOUND));
    assert!(sheet.open().is_empty());
}

/// A start at the oldest time takes nothing any more, so its pair has no rival.
#[test]
fn a_pair_is_forgotten_with_the_starts_of_its_time() {
    for (early, left) in [(Duration::from_millis(1), 2), (Duration::ZERO, 1)] {
        let mut sheet = Sheet::with_room_for(9);
        sheet.log_in("first", Password, 1, START);
        sheet.start("first", Password, 1, START);
        let now = START.after(LeaseTimes::default().start_ttl()).before(early);
        sheet.log_in("second", Password, 1, now);
        sheet.start("second", Password, 1, now);
        assert_eq!(sheet.table.pairs().count(), left, "{early:?}");
    }
}

/// It may have only looked, unless somebody has reserved by key lately.
#[test]
fn a_key_start_has_only_looked_if_nobody_has_reserved_by_key() {
    for (by, told) in [(Password, Matched::OnlyLooked), (Key, Matched::Nothing)] {
        let mut sheet = Sheet::with_room_for(9);
        sheet.limit = 1;
        sheet.log_in("login", by, 1, at(0));
        assert_eq!(sheet.start("aaa", by, 1, at(1)).matched, FOUND);
        assert_eq!(sheet.start("bbb", Key, 1, at(2)).matched, Some(told), "{by:?}");
    }
}

#[test]
fn the_class_of_a_reservation_is_that_of_its_own_start() {
    let mut sheet = Sheet::with_room_for(9);
    sheet.log_in("login", Password, 1, at(0));
    let reservation = sheet.table.reservations().iter().next().unwrap();
    assert_eq!(Class::of_reservation(&reservation), start("aaa", Password, 1, at(0)).class);
}
