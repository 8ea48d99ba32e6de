//! The matching where there is no room for all pairs.

use std::time::Duration;

use super::*;
use crate::ledger::{KeyScope, Matched, ReservationClass};
use crate::limit::SessionLimit;
use crate::login::Phase::Password;
use crate::names::{SessionId, Token};

const START: Timestamp = Timestamp::from_millis(1_000_000_000);

/// A table, and what there is to do to it.
#[derive(Default)]
struct Sheet {
    table: Table,
}

impl Sheet {
    fn apply(&mut self, operation: &Operation, now: Timestamp) -> Outcome {
        let rules = Rules {
            times: LeaseTimes::default(),
            scope: KeyScope::Everybody,
            capacity: Capacity::of(1 << 20),
        };
        let (table, outcome) = transition(&self.table, operation, now, &rules);
        self.table = table;
        outcome
    }

    fn log_in(&mut self, token: &str, now: Timestamp) {
        let token = Token::new(token).unwrap();
        let reserve = Some(Slot { token, phase: Password, by: ReservationClass::User });
        let claim = Claim { reserve, source: None, limit: SessionLimit::new(99) };
        self.apply(&Operation::Admit(claim), now);
    }

    fn start(&mut self, session: &str, at: Timestamp, now: Timestamp) -> bool {
        let session = SessionId::new(session).unwrap();
        let class = Class::of(ReservationClass::User, Password, None);
        let start =
            Connected { session, at, class, otherwise: None, may_only_look: false, source: None };
        let outcome = self.apply(&Operation::Connected(start), now);
        outcome.matched.is_some_and(Matched::has_reservation)
    }

    /// Writes it where it does not fit by a byte.
    fn squeeze(&mut self) {
        assert_ne!(self.table.pairs().count(), 0);
        let len = self.table.encode_within(START, usize::MAX).len();
        assert!(self.table.encode_within(START, len - 1).len() < len);
    }

    fn open(&self) -> Vec<String> {
        self.table.reservations().iter().map(|reservation| reservation.token.to_string()).collect()
    }
}

fn at(second: u64) -> Timestamp {
    START.after(Duration::from_secs(second))
}

/// Two logins, the second of which has taken the reservation of the first.
fn two_logins() -> Sheet {
    let mut sheet = Sheet::default();
    sheet.log_in("first", at(0));
    sheet.log_in("second", at(10));
    assert!(sheet.start("s-2", at(11), at(12)));
    assert_eq!(sheet.open(), ["second"]);
    sheet
}

#[test]
fn a_pair_dropped_for_room_leaves_a_slot_over_and_uncovers_nobody() {
    for is_dropped in [false, true] {
        let mut sheet = two_logins();
        if is_dropped {
            sheet.squeeze();
            assert_eq!(sheet.table.pairs().count(), 0);
        }
        sheet.log_in("third", at(13));
        assert_eq!(sheet.start("s-1", at(1), at(14)), !is_dropped);
        let open = sheet.open();
        assert_eq!(open.len(), 1 + usize::from(is_dropped), "{open:?}");
        // The third has not started: what is left lives at least as long as its own reservation.
        assert_eq!(open.last().map(String::as_str), Some("third"));
        // And it starts as if nothing had been dropped.
        assert!(sheet.start("s-3", at(14), at(15)));
        assert_eq!(sheet.open().len(), usize::from(is_dropped));
    }
}

#[test]
fn starts_older_than_a_dropped_pair_take_what_they_can_reach() {
    let mut sheet = two_logins();
    sheet.log_in("third", at(20));
    sheet.squeeze();
    assert!(sheet.start("s-0", at(9), at(21)), "the floor has not been raised");
    assert_eq!(sheet.open(), ["third"]);
}

#[test]
fn pairs_are_dropped_before_tombstones() {
    let mut sheet = two_logins();
    let session = SessionId::new("s-2").unwrap();
    sheet.apply(&Operation::Ended { session, at: at(12) }, at(12));
    sheet.squeeze();
    assert_eq!((sheet.table.pairs().count(), sheet.table.tombstones().len()), (0, 1));
    let len = sheet.table.encode_within(START, usize::MAX).len();
    sheet.table.encode_within(START, len - 1);
    assert_eq!(sheet.table.tombstones().len(), 0);
    // Only now is the floor raised: this is the start of the one that was forgotten.
    assert!(!sheet.start("s-2", at(11), at(13)));
    assert!(!sheet.start("s-1", at(12), at(13)));
    assert!(sheet.start("s-0", at(12).after(Duration::from_millis(1)), at(13)));
}
