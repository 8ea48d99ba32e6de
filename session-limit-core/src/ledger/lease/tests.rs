//! Properties of the transition and of the table's form (S7).

mod dropped_pairs;
mod full_table;
mod sheet;
mod starts;

use std::time::Duration;

use proptest::prelude::*;

use super::state_machine::*;
use super::*;
use crate::ledger::{Effect, KeyScope, Matched, ReservationClass, Verdict};
use crate::limit::SessionLimit;
use crate::login::Phase;
use crate::names::{SessionId, Token};
use crate::store::LONGEST_TTL;

const MAX_LEN: usize = 8 * 1024;

fn rules() -> Rules {
    Rules {
        times: LeaseTimes::default(),
        scope: KeyScope::OwnAddress,
        capacity: Capacity::of(MAX_LEN),
    }
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![Just(Phase::Password), Just(Phase::Key)]
}

fn by() -> impl Strategy<Value = ReservationClass> {
    prop_oneof![3 => Just(ReservationClass::Address), 1 => Just(ReservationClass::User)]
}

/// A few ids, so that they meet.
fn source() -> impl Strategy<Value = Option<Address>> {
    prop::option::weighted(0.9, (0_u8..3).prop_map(|host| Address::of([10, 0, 0, host].into())))
}

fn class() -> impl Strategy<Value = Option<Class>> {
    (by(), phase(), source()).prop_map(|(by, phase, source)| Class::of(by, phase, source))
}

fn session() -> impl Strategy<Value = SessionId> {
    (0_u8..100).prop_map(|number| SessionId::new(&format!("{number:032}")).unwrap())
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0_u64..1_000_000).prop_map(|millis| Timestamp::from_millis(1_700_000_000_000 + millis))
}

fn start() -> impl Strategy<Value = Connected> {
    (session(), time(), class(), class(), source()).prop_map(
        |(session, at, class, otherwise, source)| Connected {
            may_only_look: false,
            session,
            at,
            class,
            otherwise,
            source,
        },
    )
}

fn token() -> impl Strategy<Value = Token> {
    any::<u16>().prop_map(|n| Token::new(&format!("{n:036}")).unwrap())
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (token(), phase(), by(), source(), 0_u32..20, any::<bool>())
            .prop_map(|(token, phase, by, source, limit, only_looks)| {
                Operation::Admit(Claim {
                    reserve: (!only_looks).then_some(Slot { token, phase, by }),
                    source,
                    limit: SessionLimit::new(limit),
                })
            }),
        1 => token().prop_map(Operation::Release),
        1 => token().prop_map(Operation::Withdraw),
        2 => start().prop_map(Operation::Connected),
        2 => (session(), time()).prop_map(|(session, at)| Operation::Ended { session, at }),
        1 => (start(), time())
            .prop_map(|(start, ended)| Operation::ConnectedAndEnded { start, ended }),
        1 => (session(), time()).prop_map(|(session, at)| Operation::Activity { session, at }),
    ]
}

proptest! {
    #[test]
    fn every_table_fits_and_reads_back(
        operations in prop::collection::vec((operation(), time()), 1..300),
    ) {
        let rules = rules();
        let mut table = Table::default();
        for (operation, now) in operations {
            let before = table.clone();
            let (after, outcome) = transition(&table, &operation, now, &rules);
            prop_assert_eq!(&table, &before);
            if outcome.verdict == Verdict::Refused {
                prop_assert!(!outcome.write, "S6");
            }
            if !outcome.write {
                continue;
            }
            table = after;
            let end = now.after(table.ttl(now, &rules.times));
            let bytes = table.encode_within(end, MAX_LEN);
            prop_assert!(bytes.len() <= MAX_LEN, "S7: {} bytes", bytes.len());
            prop_assert_eq!(format::decode(&bytes), Ok((end, table.clone())), "S7");
            let (again, repeated) = transition(&table, &operation, now, &rules);
            // An end whose tombstone found no room is written again.
            let ended = match &operation {
                Operation::Ended { session, .. } => Some(session),
                Operation::ConnectedAndEnded { start, .. } => Some(&start.session),
                _ => None,
            };
            let is_forgotten = ended
                .is_some_and(|session| table.tombstones.place_of(session.as_str()).is_none());
            let is_repeated =
                matches!(operation, Operation::Admit(_) | Operation::Withdraw(_));
            if !is_repeated && !is_forgotten {
                prop_assert!(!repeated.write, "{:?} is not idempotent", operation);
            }
            prop_assert_eq!(again.reservations().len(), {
                let mut pruned = table.clone();
                pruned.prune(now, &rules.times);
                pruned.reservations().len()
            });
        }
    }

    #[test]
    fn the_item_outlives_what_it_holds(
        operations in prop::collection::vec((operation(), time()), 1..50),
    ) {
        let rules = rules();
        let mut table = Table::default();
        for (operation, now) in operations {
            table = transition(&table, &operation, now, &rules).0;
            let end = now.after(table.ttl(now, &rules.times));
            let kept = rules.times.lapsed_ttl();
            let leases = table.reservations.iter().map(|r| r.expires.after(kept));
            let last = leases.chain(table.sessions.iter().map(|s| s.expires)).max();
            prop_assert!(last.is_none_or(|last| last <= end.before(rules.times.skew())));
        }
    }
}

#[test]
fn a_table_too_large_drops_tombstones_and_raises_the_floor() {
    let rules = rules();
    let now = Timestamp::from_millis(1_700_000_000_000);
    let mut table = Table::default();
    for number in 0..20 {
        let session = SessionId::new(&format!("{number:040}")).unwrap();
        let at = now.after(Duration::from_secs(number));
        table = transition(&table, &Operation::Ended { session, at }, at, &rules).0;
    }
    assert!(table.encode_within(now, 700).len() <= 700);
    assert_eq!(table.tombstones.len(), 10, "the older half is enough");
    assert!(table.floor >= now && table.tombstones.iter().all(|stone| stone.ended > table.floor));
}

fn password_start(session: &str, at: Timestamp) -> Connected {
    let class = Class::of(ReservationClass::User, Phase::Password, None);
    let session = SessionId::new(session).unwrap();
    Connected { session, at, class, otherwise: None, may_only_look: false, source: None }
}

/// A table that is too full, as when the store's values have become shorter.
#[test]
fn in_a_table_that_is_too_full_a_session_takes_the_place_of_its_reservation_or_none() {
    let now = Timestamp::from_millis(1_700_000_000_000);
    let claim = |number| {
        let token = Token::new(&format!("token-{number}")).unwrap();
        let slot = Slot { token, phase: Phase::Password, by: ReservationClass::User };
        Operation::Admit(Claim { reserve: Some(slot), source: None, limit: SessionLimit::new(9) })
    };
    let mut table = Table::default();
    for number in 0..2 {
        table = transition(&table, &claim(number), now, &rules()).0;
    }
    let full = Rules { capacity: Capacity::of(0), ..rules() };
    let start = |name| Operation::Connected(password_start(name, now));
    for (name, reservations, sessions) in [("session-a", 1, 1), ("session-b", 0, 2)] {
        let (after, outcome) = transition(&table, &start(name), now, &full);
        assert_eq!((outcome.write, outcome.effect), (true, Effect::Started));
        assert_eq!((after.reservations().len(), after.sessions().len()), (reservations, sessions));
        // As after the lost answer to a write that came about.
        let (again, outcome) = transition(&after, &start(name), now, &full);
        assert_eq!((outcome.write, outcome.effect), (false, Effect::Unchanged));
        assert_eq!(again, after);
        table = after;
    }
    let session = SessionId::new("session-new").unwrap();
    for operation in [start("session-new"), Operation::Activity { session, at: now }] {
        let (after, outcome) = transition(&table, &operation, now, &full);
        assert!(!outcome.write && outcome.effect == Effect::NoRoom && after == table);
    }
}

#[test]
fn in_a_full_table_a_lease_takes_the_place_of_a_reservation_that_has_expired() {
    let at = |second: u64| Timestamp::from_millis(1_700_000_000_000 + second * 1_000);
    let rules = Rules { capacity: Capacity::with_leases(2), ..rules() };
    let claim = |name: &str| {
        let slot = Slot {
            token: Token::new(name).unwrap(),
            phase: Phase::Password,
            by: ReservationClass::User,
        };
        Operation::Admit(Claim { reserve: Some(slot), source: None, limit: SessionLimit::new(2) })
    };
    let start = |second| Operation::Connected(password_start("session", at(second)));
    let activity = Operation::Activity { session: SessionId::new("session").unwrap(), at: at(310) };
    let first = transition(&Table::default(), &claim("first"), at(0), &rules).0;
    let full = transition(&first, &claim("second"), at(4), &rules).0;
    let tokens = |table: &Table| -> Vec<_> {
        table.reservations().iter().map(|open| open.token.to_string()).collect()
    };
    for operation in [claim("third"), start(200), activity] {
        let (after, outcome) = transition(&full, &operation, at(310), &rules);
        assert!(outcome.write, "{operation:?}");
        assert_eq!(tokens(&after).first().map(String::as_str), Some("second"), "{operation:?}");
        // Nobody knows any more whether this start has taken the first, so it takes nothing.
        let (_, outcome) = transition(&after, &start(17), at(310), &rules);
        assert_ne!(outcome.matched.map(Matched::has_reservation), Some(true));
    }
}

#[test]
fn no_item_is_to_live_longer_than_stores_can() {
    let times = LeaseTimes::new(Duration::from_secs(300), LONGEST_TTL).unwrap();
    let rules = Rules { times, ..rules() };
    let now = Timestamp::from_millis(1_700_000_000_000);
    let start = Operation::Connected(password_start("aaa", now));
    let table = transition(&Table::default(), &start, now, &rules).0;
    assert_eq!(table.ttl(now, &times), LONGEST_TTL);
}

#[test]
fn attempts_and_unconfirmed_writes_come_to_an_end() {
    let mut attempts = Attempts::default();
    for _ in 0..MOST_ATTEMPTS {
        assert_eq!(attempts.start(), Ok(()));
        assert_eq!(attempts.is_done(Ok(Write::Conflict)), Ok(false));
    }
    assert!(attempts.start().is_err_and(|error| error.is_retryable()));
    let lost = StoreError::Ambiguous("no reply".into());
    for _ in 0..MOST_AMBIGUOUS {
        assert_eq!(attempts.is_done(Err(lost.clone())), Ok(false));
    }
    assert_eq!(attempts.is_done(Err(lost.clone())), Err(lost));
    assert_eq!(attempts.is_done(Ok(Write::Done)), Ok(true));
}
