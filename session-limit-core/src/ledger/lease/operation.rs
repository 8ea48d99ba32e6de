//! The operations on a table, and their outcomes.

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

/// The rules that the transition goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The lives of leases.
    pub times: LeaseTimes,
    /// The logins that key reservations count against.
    pub scope: KeyScope,
    /// The room in a table.
    pub capacity: Capacity,
}

/// An operation on a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A login asks for a slot.
    Admit(Claim),
    /// A login gives its slot back before it became a session.
    Release(Token),
    /// A login gives back the slot that it may hold, or may yet get by a write that is still on its
    /// way. The table is written whether there is one or not, so that such a write fails.
    Withdraw(Token),
    /// A session has started.
    Connected(Connected),
    /// A session is over.
    Ended {
        /// The session.
        session: SessionId,
        /// The time of the end, by the log's clock.
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
        /// The time of the activity, by the log's clock.
        at: Timestamp,
    },
}

/// A login that asks for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The reservation to make, or `None` for only looking whether a slot is free. Where the table
    /// already holds many key reservations, a key-phase login only looks, too.
    pub reserve: Option<Slot>,
    /// The address that the login comes from.
    pub source: Option<Address>,
    /// The number of leases that may count.
    pub limit: SessionLimit,
}

/// The reservation that a login asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The token of the login.
    pub token: Token,
    /// The phase of the login.
    pub phase: Phase,
    /// The setting for the starts that the reservation may belong to.
    pub by: ReservationClass,
}

/// A session that has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The session.
    pub session: SessionId,
    /// The time of the start, by the log's clock.
    pub at: Timestamp,
    /// The class of the reservation it takes. `None`: it names no address, and takes none.
    pub class: Option<Class>,
    /// The class it takes from if nothing is left for it in the first. It is only for the log in
    /// its old form, which does not say whether a session was let in by a key.
    pub otherwise: Option<Class>,
    /// True if its login may have taken no slot, as a key login that only looks.
    pub may_only_look: bool,
    /// The address that the session comes from.
    pub source: Option<Address>,
}

/// The outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict on an [`Operation::Admit`]; otherwise [`Verdict::Admitted`].
    pub verdict: Verdict,
    /// The effect of an event.
    pub effect: Effect,
    /// The time at which the session of an event started, as far as it is known.
    pub since: Option<Timestamp>,
    /// The reservation that a start took, or the reason why it took none. `None` for everything
    /// else, and for a start that is a duplicate.
    pub matched: Option<Matched>,
    /// True if a login was admitted without the reservation that it should have: the table holds
    /// too many of other addresses.
    pub unreserved: bool,
    /// True if the new table has to be written.
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

    /// The outcome of an event, followed by the `end` of its session, which was known already.
    pub(super) fn then(self, end: Self) -> Self {
        let effect = self.effect.then(end.effect);
        Self { effect, since: self.since.or(end.since), matched: self.matched, ..end }
    }

    pub(super) fn changed(effect: Effect, since: Option<Timestamp>) -> Self {
        Self { effect, since, write: true, ..Self::NOTHING }
    }
}
