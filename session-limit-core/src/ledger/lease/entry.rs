//! The entries of a table: leases, which are reservations and sessions, and tombstones.

use super::class::Class;
use crate::address::Address;
use crate::ledger::ReservationClass;
use crate::login::Phase;
use crate::names::{SessionId, Token};
use crate::time::Timestamp;

/// A slot taken at login, before the session's id is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reservation {
    /// The token of the login that took it.
    pub token: Token,
    /// The phase of the login.
    pub phase: Phase,
    /// The address that the login came from.
    pub source: Option<Address>,
    /// The setting for the starts that it may belong to.
    pub by: ReservationClass,
    /// The time at which it was taken.
    pub created: Timestamp,
    /// The time at which it stops counting.
    pub expires: Timestamp,
}

impl Reservation {
    /// The class of starts that it may belong to. `None`: it names no address, and belongs to none.
    pub(super) fn class(&self) -> Option<Class> {
        Class::of(self.by, self.phase, self.source)
    }

    /// True if it counts at `now`. One that has expired does not, but is kept for a while: a start
    /// that is handled late has to find its own, and not take that of another login.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.expires > now
    }
}

/// A slot held by a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// True if its `CONNECTED` has been seen and has consumed what it may.
    pub consumed: bool,
    /// The time at which it started. Until its start is seen, the time of the event that told of
    /// it.
    pub since: Timestamp,
    /// The time at which it stops counting, unless something is heard of it.
    pub expires: Timestamp,
    /// The address that it comes from.
    pub source: Option<Address>,
}

/// The memory of an ended session, for the sake of events that come late.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tombstone {
    /// The session.
    pub id: SessionId,
    /// True if its `CONNECTED` has been seen and has consumed what it may.
    pub consumed: bool,
    /// The time at which it ended, by the log's clock.
    pub ended: Timestamp,
    /// The time from which it is of no more use.
    pub until: Timestamp,
}
