use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::address::Address;
use crate::ledger::ReservationClass;
use crate::ledger::codec;
use crate::ledger::lease::class::Class;
use crate::ledger::lease::matching::Pair;
use crate::ledger::lease::pairs::ClassPairs;
use crate::ledger::lease::{Reservation, Session, Tombstone};
use crate::login::Phase;
use crate::names::{SessionId, Token};

/// Ids of any length.
fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{1,40}"
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(0), Just(u64::MAX), any::<u64>()].prop_map(Timestamp::from_millis)
}

fn address() -> impl Strategy<Value = Option<Address>> {
    any::<Option<std::net::IpAddr>>().prop_map(|ip| ip.map(Address::of))
}

prop_compose! {
    fn reservation()(
        token in id(),
        by_key: bool,
        any_address: bool,
        source in address(),
        created in time(),
        expires in time(),
    ) -> Reservation {
        let phase = if by_key { Phase::Key } else { Phase::Password };
        let by = if any_address { ReservationClass::User } else { ReservationClass::Address };
        Reservation { token: Token::new(&token).unwrap(), phase, source, by, created, expires }
    }
}

prop_compose! {
    fn session()(
        id in id(),
        consumed: bool,
        since in time(),
        expires in time(),
        source in address(),
    ) -> Session {
        Session { id: SessionId::new(&id).unwrap(), consumed, since, expires, source }
    }
}

prop_compose! {
    fn tombstone()(
        id in id(), consumed: bool, ended in time(), until in time(),
    ) -> Tombstone {
        Tombstone { id: SessionId::new(&id).unwrap(), consumed, ended, until }
    }
}

/// All that is in a table, made of its bytes.
type Parts = (Vec<Reservation>, Vec<Session>, Vec<Tombstone>, Vec<ClassPairs>);

fn parts() -> impl Strategy<Value = Parts> {
    (
        prop::collection::vec(reservation(), 0..8),
        prop::collection::vec(session(), 0..8),
        prop::collection::vec(tombstone(), 0..8),
        pairs(),
    )
}

/// Pairs of some classes, each in the order of its starts.
fn pairs() -> impl Strategy<Value = Vec<ClassPairs>> {
    let pair = (0_u64..1_000_000, -2_000_i64..120_000).prop_map(|(start, lead)| {
        let start = 1_700_000_000_000 + start;
        let [start, created] =
            [start, start.checked_sub_signed(lead).unwrap()].map(Timestamp::from_millis);
        Pair { start, created }
    });
    let of_class = (any::<bool>(), address(), prop::collection::vec(pair, 1..9));
    prop::collection::vec(of_class, 0..4).prop_map(|all| {
        let mut all: Vec<_> = all
            .into_iter()
            .map(|(by_key, address, mut pairs)| {
                pairs.sort_by_key(|pair| pair.start);
                let phase = if by_key { Phase::Key } else { Phase::Password };
                ClassPairs { class: Class { phase, address }, pairs }
            })
            .collect();
        all.sort_by_key(|of| of.class);
        all.dedup_by_key(|of| of.class);
        all
    })
}

fn of_parts(limit: Option<u32>, floor: Timestamp, parts: Parts) -> Table {
    Table {
        limit: limit.map(SessionLimit::new),
        floor,
        reservations: parts.0.into_iter().collect(),
        sessions: parts.1.into_iter().collect(),
        tombstones: parts.2.into_iter().collect(),
        pairs: Pairs::from_classes(&parts.3),
    }
}

fn parts_of(table: &Table) -> Parts {
    let Table { reservations, sessions, tombstones, pairs, .. } = table;
    let entries = (reservations.iter().collect(), sessions.iter().collect());
    (entries.0, entries.1, tombstones.iter().collect(), pairs.by_class())
}

/// The same, made of its parts once more.
fn again(table: &Table) -> Table {
    of_parts(table.limit.map(SessionLimit::get), table.floor, parts_of(table))
}

prop_compose! {
    fn table()(limit: Option<u32>, floor in time(), parts in parts()) -> Table {
        of_parts(limit, floor, parts)
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(limit: Option<u32>, floor in time(), parts in parts()) {
        let table = of_parts(limit, floor, parts.clone());
        let bytes = codec::encode(&table, most_bytes(&table));
        prop_assert!(bytes.len() <= most_bytes(&table));
        let read: Table = codec::decode(&bytes).unwrap();
        prop_assert_eq!(parts_of(&read), parts);
        prop_assert_eq!((read.limit.map(SessionLimit::get), read.floor), (limit, floor));
        prop_assert_eq!(read, table);
    }

    #[test]
    fn any_bytes_are_an_error_or_a_table(table in table(), at: Index, to: u8, len: Index) {
        let mut bytes = postcard::to_allocvec(&table).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = to;
        for bytes in [&bytes[..], &bytes[..len.index(bytes.len())]] {
            if let Ok(table) = postcard::from_bytes::<Table>(bytes) {
                let written = codec::encode(&again(&table), most_bytes(&table));
                prop_assert_eq!(codec::decode(&written), Ok(table));
            }
        }
    }

    #[test]
    fn no_row_has_two_forms(table in table(), which in 0..3_usize, at: Index, to: u8) {
        let mut pieces = Pieces::of(&table);
        let rows = &mut pieces.rows[which];
        if !rows.is_empty() {
            let at = at.index(rows.len());
            rows[at] = to;
        }
        if let Some(table) = pieces.read() {
            prop_assert_eq!(Pieces::of(&again(&table)), pieces);
        }
    }
}

/// Reservations by password and by key, from IPv6, a session from IPv4, and a tombstone.
fn samples() -> Table {
    let [since, until] = [1_700_000_000_000, 1_700_000_300_000].map(Timestamp::from_millis);
    let reservation = |token: &str, phase, source, by| {
        let token = Token::new(token).unwrap();
        Reservation { token, phase, source, by, created: since, expires: until }
    };
    let household = Address::of("2001:db8::1".parse().unwrap());
    let pair = |start, created| {
        let [start, created] = [start, created].map(|n| since.after(Duration::from_millis(n)));
        Pair { start, created }
    };
    let session = SessionId::new("9ca9a0e1cec6ad9d").unwrap();
    Table {
        limit: Some(SessionLimit::new(9)),
        floor: Timestamp::from_millis(5),
        reservations: Entries::from_iter([
            reservation("20a1b2c3-1111-2222", Phase::Password, None, ReservationClass::User),
            reservation("20a1b2c3-3333", Phase::Key, Some(household), ReservationClass::Address),
        ]),
        sessions: Entries::from_iter([Session {
            id: session.clone(),
            consumed: true,
            since,
            expires: until,
            source: Some(Address::of([192, 0, 2, 1].into())),
        }]),
        tombstones: Entries::from_iter([Tombstone {
            id: session,
            consumed: false,
            ended: since,
            until,
        }]),
        pairs: Pairs::from_classes(&[
            ClassPairs {
                class: Class { phase: Phase::Key, address: Some(household) },
                pairs: vec![pair(1_000, 0), pair(1_300, 1_301)],
            },
            ClassPairs {
                class: Class { phase: Phase::Password, address: None },
                pairs: vec![pair(0, 0)],
            },
        ]),
    }
}

/// A change of these bytes is a change of the format: what runs already does not read it.
#[test]
fn the_format_is_not_changed_by_accident() {
    const TIMES: &[u8] = b"\x00\x68\xe5\xcf\x8b\x01\0\0\xe0\xfb\xe9\xcf\x8b\x01\0\0";
    let bytes = [
        &b"\x01\x09\x05"[..],
        &[52, 18, 2][..],
        TIMES,
        &[0; 8],
        &[13, 6 << 2 | 1],
        TIMES,
        &[0, 0, 0, 0, 0xb8, 0x0d, 0x01, 0x20],
        &[26, 16, 4 << 2 | 1],
        TIMES,
        &[1, 2, 0, 192, 0, 0, 0, 0],
        &[26, 16, 0],
        TIMES,
        &[0; 8],
        // Pairs: the length of all, then a class, its number of pairs, and the pairs.
        &[32, 6 << 1 | 1, 128, 128, 128, 128, 128, 183, 195, 128, 32, 2],
        &[232, 215, 149, 255, 188, 49, 208, 15],
        &[172, 2, 1],
        &[0, 0, 1, 128, 208, 149, 255, 188, 49, 0],
        b"\x3f20a1b2c3-1111-222220a1b2c3-33339ca9a0e1cec6ad9d9ca9a0e1cec6ad9d",
    ];
    assert_eq!(postcard::to_allocvec(&samples()).unwrap(), bytes.concat());
}

#[test]
fn damage_is_found() {
    type Damage = fn(&mut Pieces);
    let damages: [(&str, Damage); 15] = [
        ("a part of a row is left over", |pieces| pieces.rows[1].push(0)),
        ("an id is empty", |pieces| {
            pieces.rows[0][0] = 0;
            pieces.ids.drain(..18);
        }),
        ("an id is too long", |pieces| {
            pieces.rows[0][0] = 41;
            pieces.ids.insert_str(0, &"f".repeat(41 - 18));
        }),
        ("an id ends behind the text", |pieces| assert!(pieces.ids.pop().is_some())),
        ("text is left over", |pieces| pieces.ids.push('f')),
        ("a character is of no id", |pieces| pieces.ids.replace_range(3..4, ".")),
        ("there is no such version of IP", |pieces| pieces.rows[1][1] = 5 << 2),
        ("an IPv4 address is too long", |pieces| pieces.rows[1][25] = 1),
        ("there is an address of no version", |pieces| pieces.rows[0][25] = 1),
        ("a session belongs to any address", |pieces| pieces.rows[1][1] |= 2),
        ("a tombstone has an address", |pieces| pieces.rows[2][1] = 4 << 2),
        ("a tombstone belongs to any address", |pieces| pieces.rows[2][1] |= 2),
        ("a pair is cut off", |pieces| assert!(pieces.pairs.pop().is_some())),
        ("pairs are left over", |pieces| pieces.pairs.push(0)),
        ("a class is there twice", |pieces| pieces.pairs = pieces.pairs.repeat(2)),
    ];
    assert_eq!(Pieces::of(&samples()).read().map(|table| table.sessions), Some(samples().sessions));
    for (name, damage) in damages {
        let mut pieces = Pieces::of(&samples());
        damage(&mut pieces);
        assert!(pieces.read().is_none(), "{name}");
    }
}

/// The pieces that are written of a table's entries, where they can be changed.
#[derive(Debug, PartialEq)]
struct Pieces {
    rows: [Vec<u8>; 3],
    pairs: Vec<u8>,
    ids: String,
}

impl Pieces {
    fn of(table: &Table) -> Self {
        let Table { reservations, sessions, tombstones, pairs, .. } = table;
        let rows = [reservations.rows(), sessions.rows(), tombstones.rows()];
        let ids = [reservations.ids(), sessions.ids(), tombstones.ids()].concat();
        Self {
            rows: rows.map(|rows| rows.as_flattened().to_vec()),
            pairs: pairs.bytes().to_vec(),
            ids,
        }
    }

    fn read(&self) -> Option<Table> {
        let [reservations, sessions, tombstones] = &self.rows;
        let (limit, floor, pairs) = (None, Timestamp::EPOCH, self.pairs.as_slice());
        Layout { limit, floor, reservations, sessions, tombstones, pairs, ids: &self.ids }.read()
    }
}
