//! The parts of a state that matter for its future.

use std::hash::{DefaultHasher, Hash, Hasher};

use session_limit_core::ledger::lease::state_machine::Class;
use session_limit_core::time::Timestamp;

use super::TICK;
use super::bounds::Bounds;
use super::state::{Connection, Stage, State};

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let is_ordered = self.bounds.endings > 0;
        (self.breach, self.is_spoiled && !is_ordered).hash(state);
        self.debts.iter().for_each(|since| self.age(*since).hash(state));
        let connections = self.connections.iter().enumerate();
        let mut connections: Vec<_> = connections.map(|(n, c)| self.print_of(n, c)).collect();
        if !is_ordered {
            // Nobody asks any more whose a reservation is, so that connections which are in the
            // same state are the same.
            connections.sort_unstable();
            let mut open: Vec<_> = self.table.reservations().iter().collect();
            open.retain(|lease| self.may_be_matched(lease, self.now));
            let prints = open.iter().map(|lease| {
                (Class::of_reservation(lease), self.age(lease.created), self.age(lease.expires))
            });
            let mut prints: Vec<_> = prints.collect();
            prints.sort_unstable();
            prints.hash(state);
        }
        connections.hash(state);
        for (class, pair) in self.table.pairs() {
            if self.is_remembered(pair.start) {
                (class, self.age(pair.start), self.age(pair.created)).hash(state);
            }
        }
    }
}

impl State {
    fn print_of(&self, number: usize, connection: &Connection) -> u64 {
        let mut print = DefaultHasher::new();
        let may_end = number < self.bounds.endings;
        self.hash_connection(may_end, connection, &mut print);
        self.hash_leases(connection, &mut print);
        print.finish()
    }

    fn hash_connection(&self, may_end: bool, connection: &Connection, state: &mut DefaultHasher) {
        let Connection { class, stage, connected, ended, consumed, is_bare, .. } = connection;
        (class, stage, consumed, is_bare, connected.is_handled, ended.is_handled).hash(state);
        let age = |matters: bool, time: Option<Timestamp>| {
            time.filter(|_| matters).map(|time| self.age(time))
        };
        let may_be_late = *stage != Stage::Over || connected.at.is_some();
        let is_awaited = may_be_late && !connected.is_handled;
        age(is_awaited, connection.reserved).hash(state);
        age(*stage == Stage::Connecting, Some(connection.asked)).hash(state);
        let is_delivered = is_awaited || may_end;
        let makes_lease = |at| self.bounds.activity || self.is_remembered(at);
        age(is_delivered, connected.at.filter(|at| makes_lease(*at))).hash(state);
        (connected.at.is_some(), ended.at.is_some()).hash(state);
        age(true, ended.at.filter(|at| self.is_remembered(*at))).hash(state);
        age(!ended.is_handled, connection.activity).hash(state);
        age(*stage == Stage::Live && self.bounds.activity, connection.heard).hash(state);
    }

    /// Hashes its leases and its tombstone.
    fn hash_leases(&self, connection: &Connection, state: &mut DefaultHasher) {
        for lease in self.table.reservations().iter() {
            let is_own = self.bounds.endings > 0 && lease.token == connection.token;
            if is_own && self.may_be_matched(&lease, self.now) {
                (1_u8, self.age(lease.created), self.age(lease.expires)).hash(state);
            }
        }
        for lease in self.table.sessions().iter() {
            if lease.id == connection.session && lease.expires > self.now {
                (2_u8, lease.consumed, self.age(lease.expires)).hash(state);
            }
        }
        for stone in self.table.tombstones().iter() {
            if stone.id == connection.session && stone.until > self.now {
                // There is room for all of them, so that it does not matter when it ended.
                (3_u8, stone.consumed, self.age(stone.until)).hash(state);
            }
        }
    }

    /// True if a start at this time can still take a reservation.
    fn is_remembered(&self, start: Timestamp) -> bool {
        let Bounds { reservation_ticks, skew_ticks, .. } = self.bounds;
        start.after(TICK * (reservation_ticks + 2 * skew_ticks)) > self.now
    }

    /// The age in ticks; negative for a time to come. It is cut off at the age at which nothing
    /// depends on it any more.
    fn age(&self, time: Timestamp) -> i64 {
        let ticks =
            |time: Timestamp| i64::try_from(time.as_millis() / TICK_MILLIS).unwrap_or(i64::MAX);
        let most = i64::from(self.bounds.horizon());
        (ticks(self.now) - ticks(time)).clamp(-most, most)
    }
}

const TICK_MILLIS: u64 = TICK.as_secs() * 1_000;
