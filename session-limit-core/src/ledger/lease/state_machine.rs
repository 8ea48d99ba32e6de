//! The state machine of the lease ledger, for model checkers.
//!
//! [`transition`] says what an [`Operation`] makes of a [`Table`]. It is a pure function, so a model can
//! take its steps in every order. The feature `state-machine` makes this public. It may change with
//! every release: no program that only limits sessions has a use for it.

pub use super::class::Class;
pub use super::matching::Pair;
pub use super::operation::{Claim, Connected, Operation, Outcome, Rules, Slot};

use super::pairs::ClassPairs;
use super::{Reservation, Table, transition};
use crate::time::Timestamp;

/// The table after `operation`, without what is of no more use, and the outcome.
#[must_use]
pub fn transition(
    table: &Table,
    operation: &Operation,
    now: Timestamp,
    rules: &Rules,
) -> (Table, Outcome) {
    let mut table = table.clone();
    table.prune(now, &rules.times);
    let outcome = transition::apply(&mut table, operation, now, rules);
    (table, outcome)
}

impl Class {
    /// The class of starts that a reservation may belong to. `None`: it names no address, and belongs
    /// to none.
    #[must_use]
    pub fn of_reservation(reservation: &Reservation) -> Option<Self> {
        reservation.class()
    }
}

impl Table {
    /// The pairs that are still remembered: the reservations that starts have taken, class by class,
    /// and in each class in the order of the starts.
    pub fn pairs(&self) -> impl Iterator<Item = (Class, Pair)> {
        let classes = self.pairs.by_class().into_iter();
        classes.flat_map(|ClassPairs { class, pairs }| {
            pairs.into_iter().map(move |pair| (class, pair))
        })
    }

    /// The bytes of an item that holds the table and ends at `end`. Pairs and then tombstones are
    /// dropped until there are at most `max_len`, as far as that can make it so.
    pub fn encode(&mut self, end: Timestamp, max_len: usize) -> Vec<u8> {
        self.encode_within(end, max_len)
    }
}
