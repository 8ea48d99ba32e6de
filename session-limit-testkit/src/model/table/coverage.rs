//! The coverage of connections by slots, now and later, and the slots that may be missing.

use std::time::Duration;

use session_limit_core::ledger::lease::state_machine::Class;
use session_limit_core::time::Timestamp;

use super::TICK;
use super::state::{Connection, Stage, State};

impl State {
    /// True if every connection is covered, now and at any time if nothing else happens.
    ///
    /// A connection that holds a session or may get one is covered by a lease of the session or by
    /// a reservation of its class. Bare connections are excused, and debts may be missing.
    pub(super) fn is_covered(&self) -> bool {
        let mut shortages = self.shortages(|c| self.is_uncounted(c)).into_iter();
        shortages.all(|(until, missing)| {
            missing <= self.debts.iter().filter(|since| **since < until).count()
        })
    }

    /// Number of connections that are not covered now.
    pub(super) fn uncovered(&self) -> usize {
        let classes = self.classes().into_iter();
        classes.map(|class| self.missing(class, self.latest(), |c| self.is_uncounted(c))).sum()
    }

    /// Number of slots that the table may lack now: those of bare connections that hold a session
    /// or may get one, and the debts.
    pub(super) fn excused(&self) -> usize {
        let is_excused = |c: &&Connection| c.is_bare && self.is_uncounted(c);
        let debts = self.debts.iter().filter(|since| **since <= self.latest());
        self.connections.iter().filter(is_excused).count() + debts.count()
    }

    /// Removes debts that are settled. A slot that is covered again, or no longer needed, is
    /// missing no more. Until a start is handled it will still take one, even if its own
    /// reservation has expired.
    pub(super) fn settle_debts(&mut self) {
        if self.debts.is_empty() {
            return;
        }
        let shortages = self.shortages(|c| self.is_uncounted(c) || c.start_is_awaited());
        let worst = shortages.into_iter().map(|(_, missing)| missing).max().unwrap_or(0);
        let late = self.connections.iter().filter(|c| c.is_late() && c.start_is_awaited());
        let missing = worst + late.count();
        self.debts.sort_unstable();
        self.debts.truncate(missing);
    }

    /// Number of reservations of a class that nobody needs: more than there are starts to come that
    /// will take one.
    pub(super) fn left_over(&self, class: Class) -> usize {
        let takers = self.connections.iter().filter(|connection| connection.class == class);
        let takers = takers.filter(|c| c.stage == Stage::Connecting || c.start_is_awaited());
        self.reserved(class, self.latest()).saturating_sub(takers.count())
    }

    /// Number of missing reservations, up to each time at which one is no longer needed.
    fn shortages(&self, needs_one: impl Fn(&Connection) -> bool) -> Vec<(Timestamp, usize)> {
        let classes = self.classes();
        let needing = self.needing(&needs_one);
        let missing = |until: Timestamp| {
            let moment = until.before(Duration::from_millis(1));
            let missing = classes.iter().map(|class| self.missing(*class, moment, &needs_one));
            (until, missing.sum())
        };
        needing.map(|connection| missing(self.end_of_need(connection))).collect()
    }

    /// Number of reservations of a class that will be missing at `time` if nothing else happens.
    fn missing(
        &self,
        class: Class,
        time: Timestamp,
        needs_one: impl Fn(&Connection) -> bool,
    ) -> usize {
        let needed = self.needing(&needs_one).filter(|connection| connection.class == class);
        let needed = needed.filter(|connection| self.end_of_need(connection) > time);
        needed.count().saturating_sub(self.reserved(class, time))
    }

    fn needing(
        &self,
        needs_one: &impl Fn(&Connection) -> bool,
    ) -> impl Iterator<Item = &Connection> {
        let own = self.connections.iter().filter(|connection| !connection.is_bare);
        own.filter(move |connection| needs_one(connection))
    }

    /// True if it holds a session or may get one, and no lease says so.
    fn is_uncounted(&self, connection: &Connection) -> bool {
        connection.is_held() && !self.has_lease(connection)
    }

    /// The time at which its own reservation expires, and its promise with it.
    fn end_of_need(&self, connection: &Connection) -> Timestamp {
        let reserved = connection.reserved.unwrap_or(Timestamp::EPOCH);
        reserved.after(TICK * self.bounds.reservation_ticks)
    }

    /// Number of reservations of a class that count at `time`.
    fn reserved(&self, class: Class, time: Timestamp) -> usize {
        let reservations = self.table.reservations().iter();
        reservations
            .filter(|lease| Class::of_reservation(lease) == Some(class) && lease.expires > time)
            .count()
    }
}
