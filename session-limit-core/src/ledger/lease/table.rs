//! The table: everything the lease ledger knows of one user, in one item of the store.

use std::time::Duration;

use super::capacity::Capacity;
use super::entries::Entries;
use super::entry::{Reservation, Session, Tombstone};
use super::pairs::Pairs;
use super::times::{LATEST_WRITE, LeaseTimes};
use crate::address::Address;
use crate::ledger::key_phase::KeyScope;
use crate::limit::SessionLimit;
use crate::login::Phase;
use crate::store::LONGEST_TTL;
use crate::time::Timestamp;

/// The leases of one user of one server, and what is remembered of ended sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Table {
    /// The limit of the latest admission, for telling an overdraft.
    pub(super) limit: Option<SessionLimit>,
    /// The time at or before which a `CONNECTED` consumes nothing. It rises with each tombstone or
    /// expired reservation that is dropped for want of room: nothing tells any more what such a
    /// start may consume.
    pub(super) floor: Timestamp,
    pub(super) reservations: Entries<Reservation>,
    /// The reservations that starts have taken, as long as an earlier start may still be handled.
    pub(super) pairs: Pairs,
    /// The sessions, in the order of their ids.
    pub(super) sessions: Entries<Session>,
    /// The tombstones, the oldest first.
    pub(super) tombstones: Entries<Tombstone>,
}

impl Table {
    /// The reservations, those included that have [expired](Reservation::counts) lately.
    #[must_use]
    pub fn reservations(&self) -> &Entries<Reservation> {
        &self.reservations
    }

    /// The sessions, those that have expired included until the next change.
    #[must_use]
    pub fn sessions(&self) -> &Entries<Session> {
        &self.sessions
    }

    /// The tombstones of ended sessions, the oldest first.
    #[must_use]
    pub fn tombstones(&self) -> &Entries<Tombstone> {
        &self.tombstones
    }

    /// The limit of the latest admission that took a slot.
    #[must_use]
    pub fn limit(&self) -> Option<SessionLimit> {
        self.limit
    }

    /// The number of leases that count at `now` against a login from `source`.
    #[must_use]
    pub fn counted(&self, source: Option<Address>, scope: KeyScope, now: Timestamp) -> u32 {
        let counts = |reservation: &Reservation| {
            reservation.counts(now)
                && (reservation.phase == Phase::Password
                    || scope == KeyScope::Everybody
                    || reservation.source == source)
        };
        count(self.sessions.len())
            .saturating_add(count(self.reservations.iter().filter(counts).count()))
    }

    /// The number by which the sessions alone exceed `limit`.
    pub(super) fn overdraft(&self, limit: SessionLimit) -> u32 {
        count(self.sessions.len()).saturating_sub(limit.get())
    }

    /// Drops what is of no more use at `now`.
    pub(super) fn prune(&mut self, now: Timestamp, times: &LeaseTimes) {
        self.reservations.drop_gone(now.before(times.lapsed_ttl()));
        self.sessions.drop_gone(now);
        self.tombstones.drop_gone(now);
    }

    /// Drops the reservations that have expired by `now`.
    pub(super) fn drop_lapsed(&mut self, now: Timestamp) {
        self.reservations.drop_gone(now);
    }

    /// Takes out the sessions and tombstones that have expired by `now`, the time of this host.
    /// They are nothing to this host, and others may still need them.
    pub(super) fn set_aside(&mut self, now: Timestamp) -> Self {
        Self {
            sessions: self.sessions.set_aside(now),
            tombstones: self.tombstones.set_aside(now),
            ..Self::default()
        }
    }

    /// The table with what was set aside, as far as there is room: tombstones of sessions that have
    /// none by now, and sessions of which nothing is known by now.
    pub(super) fn with(&self, aside: &Self, capacity: Capacity) -> Self {
        let mut whole = self.clone();
        for stone in aside.tombstones.iter() {
            if whole.tombstones.place_of(stone.id.as_str()).is_none() {
                whole.lay(&stone);
            }
        }
        whole.bury(capacity.tombstones());
        let room = |whole: &Self| {
            whole.sessions.len().saturating_add(whole.reservations.len()) < capacity.leases()
        };
        for session in aside.sessions.iter() {
            let id = session.id.as_str();
            let known = whole.sessions.place_of(id).or_else(|| whole.tombstones.place_of(id));
            if known.is_none() && room(&whole) {
                whole.sessions.insert_by_id(&session);
            }
        }
        whole
    }

    /// Adds a tombstone in its place.
    pub(super) fn lay(&mut self, stone: &Tombstone) {
        let is_before =
            |other: &Tombstone| (other.ended, &other.id).cmp(&(stone.ended, &stone.id)).is_lt();
        let place = self.tombstones.iter().take_while(is_before).count();
        self.tombstones.insert(place, stone);
    }

    /// Drops the oldest tombstones until at most `most` are left, and raises the floor to make up
    /// for what is no longer remembered.
    pub(super) fn bury(&mut self, most: usize) {
        let excess = self.tombstones.len().saturating_sub(most);
        for stone in self.tombstones.iter().take(excess) {
            self.floor = self.floor.max(stone.ended);
        }
        self.tombstones.drop_first(excess);
    }

    /// The time for which the item has to live so that nothing is lost in it.
    pub(super) fn ttl(&self, now: Timestamp, times: &LeaseTimes) -> Duration {
        let Self { reservations, sessions, tombstones, .. } = self;
        let lapsed = reservations.last_goes().map(|last| last.after(times.lapsed_ttl()));
        let last = [lapsed, sessions.last_goes(), tombstones.last_goes()];
        // The floor is of use as long as a tombstone of its time would be.
        let floor = self.floor.after(times.tombstone_ttl());
        let last = last.into_iter().flatten().fold(floor, Timestamp::max);
        // A pair needs no longer: the session whose start it remembers has left a tombstone since.
        // A write that is still on its way must find an item that it cannot replace, or it brings back
        // what has been given back since. Another host's clock may be behind.
        let ttl = last.since(now).max(LATEST_WRITE).saturating_add(times.skew());
        ttl.min(LONGEST_TTL)
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
