//! The effect of an operation on the table, and on other connections than its own.

use session_limit_core::ledger::lease::state_machine::{Operation, Outcome, transition};
use session_limit_core::ledger::lease::{Session, Table};
use session_limit_core::time::Timestamp;

use super::state::{Breach, State};
use super::{Sight, TICK, TableModel};

impl State {
    /// Applies the operation to the table, by the clock of its host.
    pub(super) fn apply(
        &mut self,
        number: usize,
        operation: &Operation,
        clock: Timestamp,
        model: &TableModel,
    ) -> Outcome {
        let (after, outcome) = transition(&self.table, operation, clock, &model.rules);
        if !outcome.write {
            return outcome;
        }
        let before = std::mem::replace(&mut self.table, after);
        let connection = &self.connections[number];
        let gone = |lease: &Session| {
            lease.id != connection.session
                && lease.expires > clock
                && !self.table.sessions().iter().any(|other| other.id == lease.id)
        };
        if before.sessions().iter().any(|lease| gone(&lease)) {
            self.breach = Some(Breach::Isolation);
        }
        if !matches!(operation, Operation::Admit(_) | Operation::Release(_)) {
            self.look_at_consumed(number, &before, clock, model);
        }
        outcome
    }

    fn look_at_consumed(
        &mut self,
        number: usize,
        before: &Table,
        clock: Timestamp,
        model: &TableModel,
    ) {
        let consumed = before.reservations().iter().filter(|lease| {
            let is_left = self.table.reservations().iter().any(|l| l.token == lease.token);
            self.may_be_matched(lease, clock) && !is_left
        });
        let consumed: Vec<_> = consumed.collect();
        let connection = &self.connections[number];
        let had_stone = before.tombstones().iter().any(|stone| stone.id == connection.session);
        let moved = |(class, pair)| {
            let is_left = self.table.pairs().any(|other| other == (class, pair));
            !is_left && self.table.pairs().any(|(c, p)| (c, p.start) == (class, pair.start))
        };
        if before.pairs().any(moved) {
            model.saw(Sight::RoomMade);
        }
        for consumed in &consumed {
            if had_stone {
                model.saw(Sight::TombstoneHit);
            } else if consumed.token != connection.token {
                model.saw(Sight::StrangerConsumed);
            }
            if connection.connected.at.is_some_and(|at| at < consumed.created) {
                model.saw(Sight::EarlyStart);
            }
            if !consumed.counts(clock) {
                model.saw(Sight::LateMatch);
            }
        }
        if consumed.is_empty() {
            return;
        }
        // It has made none, or its own is out of its reach: this one is somebody else's. One that has
        // expired is still there for its own start.
        match connection.reserved {
            None => self.debts.push(Timestamp::EPOCH),
            Some(reserved) if connection.is_slow(&self.bounds) => {
                self.debts.push(reserved.after(TICK * self.bounds.reservation_ticks));
            }
            Some(_) => {}
        }
        let consumed = u8::try_from(consumed.len()).unwrap_or(u8::MAX);
        let all = &mut self.connections[number].consumed;
        *all = all.saturating_add(consumed);
    }
}
