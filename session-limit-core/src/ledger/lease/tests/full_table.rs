//! Tables without room: the leases that give way, and those that do not.

use super::sheet::{Sheet, address, at};
use super::*;
use crate::login::Phase::{Key, Password};

/// Long after `at(0)`, when no start can belong to a login of that time.
const LATER: u64 = 100;

#[test]
fn a_login_by_password_takes_the_place_of_the_oldest_by_key() {
    let mut sheet = Sheet::with_room_for(4);
    sheet.limit = 2;
    sheet.log_in("by-password", Password, 1, at(0));
    sheet.log_in("by-key", Key, 2, at(1));
    sheet.log_in("by-key-too", Key, 3, at(2));
    sheet.log_in("another", Password, 1, at(3));
    sheet.limit = 3;
    sheet.log_in("one-more", Password, 1, at(4));
    assert_eq!(sheet.open(), ["by-password", "by-key-too", "another", "one-more"]);
}

#[test]
fn a_start_that_finds_nothing_takes_the_place_of_the_oldest_of_its_class() {
    let mut sheet = Sheet::with_room_for(2);
    sheet.log_in("of-another", Password, 2, at(0));
    sheet.log_in("own", Password, 1, at(1));
    let outcome = sheet.start("aaa", Password, 1, at(LATER));
    assert_eq!((outcome.effect, outcome.matched), (Effect::Started, Some(Matched::Nothing)));
    assert_eq!((sheet.open(), sheet.sessions()), (vec!["of-another".into()], vec!["aaa".into()]));
    // Without one of its own class it takes that of another.
    assert_eq!(sheet.start("bbb", Password, 1, at(LATER)).effect, Effect::Started);
    assert_eq!(sheet.sessions(), ["aaa", "bbb"]);
}

#[test]
fn a_start_for_which_there_is_no_room_is_told_what_it_has_found() {
    let mut sheet = Sheet::with_room_for(1);
    sheet.start("aaa", Password, 1, at(0));
    let outcome = sheet.start("bbb", Password, 1, at(1));
    assert_eq!((outcome.effect, outcome.matched), (Effect::NoRoom, Some(Matched::Nothing)));
    assert_eq!(sheet.sessions(), ["aaa"]);
}

#[test]
fn what_is_over_is_set_aside_and_the_rest_stays() {
    let session = |id: &str, expires| Session {
        id: SessionId::new(id).unwrap(),
        consumed: true,
        since: at(0),
        expires,
        source: address(1),
    };
    let ended = |id: &str, until| Tombstone {
        id: SessionId::new(id).unwrap(),
        consumed: true,
        ended: at(1),
        until,
    };
    let of = |time| Table {
        sessions: [session("aaa", time)].into_iter().collect(),
        tombstones: [ended("bbb", time)].into_iter().collect(),
        ..Table::default()
    };
    let (mut over, mut not_yet) = (of(at(9)), of(at(10)));
    assert_eq!((over.set_aside(at(9)), over), (of(at(9)), Table::default()));
    assert_eq!((not_yet.set_aside(at(9)), not_yet), (Table::default(), of(at(10))));
}

/// The sessions that a fast host has set aside come back as far as there is room, unless something
/// else is known of them by then.
#[test]
fn sessions_that_were_set_aside_come_back_where_there_is_room() {
    let session = |id: &str| Session {
        id: SessionId::new(id).unwrap(),
        consumed: true,
        since: at(0),
        expires: at(9),
        source: address(1),
    };
    let ended = |id: &str| Tombstone {
        id: SessionId::new(id).unwrap(),
        consumed: true,
        ended: at(1),
        until: at(9),
    };
    let of = |sessions: &[&str], ends: &[&str]| Table {
        sessions: sessions.iter().map(|id| session(id)).collect(),
        tombstones: ends.iter().map(|id| ended(id)).collect(),
        ..Table::default()
    };
    let aside = of(&["bbb", "ccc"], &[]);
    for (table, room, whole) in [
        (of(&["aaa"], &[]), 3, &["aaa", "bbb", "ccc"][..]),
        (of(&["aaa"], &[]), 2, &["aaa", "bbb"]),
        (of(&["aaa"], &[]), 1, &["aaa"]),
        (of(&["aaa", "ddd"], &[]), 1, &["aaa", "ddd"]),
        (of(&["aaa"], &["bbb"]), 3, &["aaa", "ccc"]),
        (of(&["aaa", "ccc"], &[]), 4, &["aaa", "bbb", "ccc"]),
    ] {
        let with = table.with(&aside, Capacity::with_leases(room));
        let ids: Vec<_> = with.sessions().iter().map(|session| session.id.to_string()).collect();
        assert_eq!(ids, whole, "room for {room}");
    }
}
