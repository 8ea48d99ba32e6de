//! What can be done to a table, and what comes of it.

use super::capacity::Capacity;
use super::class::Class;
use super::times::LeaseTimes;
use crate::address::Address;
use crate::ledger::key_phase::KeyScope;
use crate::ledger::{Effect, Matched, ReservationClass, Verdict};
use crate::limit::SessionLimit;
use crate::login::Phase;
use crate::names::{SessionId, Token};
use crate::time::Timestamp;

/// What the transition goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long leases live.
    pub times: LeaseTimes,
    /// Whom key reservations count against.
    pub scope: KeyScope,
    /// How much fits the store.
    pub capacity: Capacity,
}

/// Something that is done to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A login asks for a slot.
    Admit(Claim),
    /// A login gives its slot back before it became a session.
    Release(Token),
    /// A login gives back the slot that it may hold, or may yet get by a write that is still on its
    /// way: the table is written whether there is one or not, so that such a write fails.
    Withdraw(Token),
    /// A session has started.
    Connected(Connected),
    /// A session is over.
    Ended {
        /// The session.
        session: SessionId,
        /// By the log's clock.
        at: Timestamp,
    },
    /// The start of a session is seen after its end: it consumes its reservation and is over.
    ConnectedAndEnded {
        /// The start.
        start: Connected,
        /// The time of the end, by the log's clock.
        ended: Timestamp,
    },
    /// A session is alive.
    Activity {
        /// The session.
        session: SessionId,
        /// By the log's clock.
        at: Timestamp,
    },
}

/// A login that asks for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The reservation to make, or `None` for only looking whether a slot is free. A key-phase
    /// login is only looked at, too, where the table already holds many key reservations.
    pub reserve: Option<Slot>,
    /// Where the login comes from.
    pub source: Option<Address>,
    /// How many leases may count.
    pub limit: SessionLimit,
}

/// The reservation that a login asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The login.
    pub token: Token,
    /// Which phase it is.
    pub phase: Phase,
    /// Which starts the reservation may belong to.
    pub by: ReservationClass,
}

/// A session that has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The session.
    pub session: SessionId,
    /// By the log's clock.
    pub at: Timestamp,
    /// The class of the reservation it takes. `None`: it names no address, and takes none.
    pub class: Option<Class>,
    /// The class it takes from if nothing is left for it in the first. Only for the log in its old
    /// form, which does not say whether a session was let in by a key.
    pub otherwise: Option<Class>,
    /// Its login may have taken no slot, as a key login that only looks.
    pub may_only_look: bool,
    /// Where it comes from.
    pub source: Option<Address>,
}

/// What an operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Of an [`Operation::Admit`]; otherwise [`Verdict::Admitted`].
    pub verdict: Verdict,
    /// What became of an event.
    pub effect: Effect,
    /// Since when the session was known that an event concerned.
    pub since: Option<Timestamp>,
    /// What a start took of the slots taken at login; `None` of everything else, and of a start
    /// that is a duplicate.
    pub matched: Option<Matched>,
    /// Whether a login was admitted without the reservation it should have: the table holds too
    /// many of other addresses.
    pub unreserved: bool,
    /// Whether the new table has to be written.
    pub write: bool,
}

impl Outcome {
    pub(super) const NOTHING: Self = Self {
        verdict: Verdict::Admitted,
        effect: Effect::Unchanged,
        since: None,
        matched: None,
        unreserved: false,
        write: false,
    };

    pub(super) const TOO_LATE: Self = Self { effect: Effect::TooLate, ..Self::NOTHING };
    pub(super) const NO_ROOM: Self = Self { effect: Effect::NoRoom, ..Self::NOTHING };

    /// Of an event, and then of the end that was known already.
    pub(super) fn then(self, end: Self) -> Self {
        let effect = self.effect.then(end.effect);
        Self { effect, since: self.since.or(end.since), matched: self.matched, ..end }
    }

    pub(super) fn changed(effect: Effect, since: Option<Timestamp>) -> Self {
        Self { effect, since, write: true, ..Self::NOTHING }
    }
}
