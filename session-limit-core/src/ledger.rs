//! The ledger: what admits logins and observes session events.
//!
//! [`LeaseLedger`] is the one to use. [`CounterLedger`] is for stores without compare-and-swap,
//! and [`Untracked`] for those who want no limit at all.

mod any_ledger;
mod codec;
mod counter;
mod key_phase;
pub mod lease;
mod pointer;
mod record;
mod reservation_class;
mod untracked;

pub use any_ledger::AnyLedger;
pub use counter::{CounterLedger, CounterSettings, CounterSettingsError};
pub use key_phase::{KeyPhase, KeyPhaseError, KeyScope};
pub use lease::{LeaseLedger, LeaseSettings, LeaseTimes, LeaseTimesError};
pub use reservation_class::{ReservationClass, ReservationClassError};
pub use untracked::Untracked;

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

use crate::event::SessionEvent;
use crate::limit::SessionLimit;
use crate::login::Phase;
use crate::names::{ServerId, Token, UserName};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Admits logins and observes session events.
///
/// Dropping a future of these between two polls is the same as a crash at that point: nothing is
/// lost but time, and what it may have left behind heals by itself.
pub trait Ledger: Send + Sync {
    /// Asks for a slot for an authenticated login.
    ///
    /// # Errors
    /// The store gave no answer, or the limit is one that this ledger cannot keep. A slot is taken
    /// only if the error [is ambiguous](LedgerError::is_ambiguous), and then perhaps.
    fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> impl Future<Output = Result<Admission, LedgerError>> + Send;

    /// Gives back the slot of a login that will not be answered after all; at most once for each
    /// login, since a counter cannot tell one time from two.
    ///
    /// # Errors
    /// A slot may stay taken until its lease expires: the store gave no answer, or the ledger
    /// cannot find out whether there is one.
    fn roll_back(
        &self,
        request: &AdmissionRequest,
        admitted: Admitted,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Takes note of a session event. Any number of deliveries in any order end in the same state.
    ///
    /// # Errors
    /// The store gave no answer; the event has to be delivered again.
    fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> impl Future<Output = Result<Observation, LedgerError>> + Send;
}

/// A login that has been authenticated and asks for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionRequest {
    /// The server.
    pub server: ServerId,
    /// The user.
    pub user: UserName,
    /// How many sessions the user may hold at once.
    pub limit: SessionLimit,
    /// Which phase of authentication this is.
    pub phase: Phase,
    /// Whether the user could log in with a password as well: a key phase may then be a mere
    /// probe before the password.
    pub has_password: bool,
    /// The client's address.
    pub source: Option<IpAddr>,
    /// Names this login and no other.
    pub token: Token,
}

/// What the caller of [`Ledger::roll_back`] knows about the admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// [`Ledger::admit`] answered [`Verdict::Admitted`].
    Yes,
    /// [`Ledger::admit`] was cancelled, or its error [is ambiguous](LedgerError::is_ambiguous).
    Unknown,
}

/// The answer to an [`AdmissionRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Whether the login is admitted.
    pub verdict: Verdict,
    /// The leases that count against this user, the one just taken included.
    pub counted: u32,
    /// What the operator should know.
    pub report: Report,
}

/// Whether a login is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A slot is free, and now taken where this phase of the login takes one.
    Admitted,
    /// The user holds as many sessions as the limit allows.
    Refused,
}

/// What became of a session event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What it changed.
    pub effect: Effect,
    /// The user of the session, where it is known.
    pub user: Option<UserName>,
    /// The leases that count against the user now, where the ledger knows it.
    pub counted: Option<u32>,
    /// When the session connected, by the log's clock, where the ledger knows it.
    pub connected: Option<Timestamp>,
    /// What a start took of the slots taken at login. `None` of everything else, of a start that was
    /// known, and of ledgers without reservations.
    pub matched: Option<Matched>,
    /// What the operator should know.
    pub report: Report,
}

impl Observation {
    /// Of an event that touched nobody's leases.
    pub(crate) fn nothing(effect: Effect) -> Self {
        Self {
            effect,
            user: None,
            counted: None,
            connected: None,
            matched: None,
            report: Report::default(),
        }
    }
}

/// What the start of a session took of the slots that logins have taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// A reservation, which is now the session's slot.
    Reservation {
        /// The time from the login to the start of the session, where only one reservation can be
        /// its own.
        waited: Option<Duration>,
    },
    /// None, or that of a later start, for which none is left. If its login made a reservation all the
    /// same, that counts beside the session until it expires.
    Nothing,
    /// None, though there is one of another address that could be its own: the login and the log may
    /// see different addresses.
    OtherAddress,
    /// None, and none was expected: the login of such a session may only look whether a slot is free.
    OnlyLooked,
}

impl Matched {
    /// Whether it took a reservation.
    #[must_use]
    pub const fn has_reservation(self) -> bool {
        matches!(self, Self::Reservation { .. })
    }
}

/// What a session event changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A session has started.
    Started,
    /// A session has ended.
    Ended,
    /// A session has started and ended: the end of it came first.
    StartedAndEnded,
    /// A session that did not count counts from now on, since an activity told of it.
    Adopted,
    /// A session lives on, and its lease with it.
    Renewed,
    /// Nothing: it was known already, or is of no consequence.
    Unchanged,
    /// Nothing: there is no room for the session, which does not count.
    NoRoom,
    /// Nothing: it comes too late. The lease of the session that it is about is over, or would be.
    TooLate,
    /// The end or activity of a session of which no start is known (yet).
    Unknown,
}

impl Effect {
    /// The effect of an event that told of a session whose end was known already: what it did to
    /// the table, and then what the end did. Of a session that was adopted the start has been told
    /// of before, or still will be.
    fn then(self, end: Self) -> Self {
        match (self, end) {
            (Self::Started, Self::Ended) => Self::StartedAndEnded,
            (Self::Adopted, Self::Ended) => Self::Ended,
            (Self::Unchanged, effect) | (effect, _) => effect,
        }
    }
}

/// What an operator should know about an operation of a ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How often the state was loaded and changed until no other change came in between.
    pub attempts: u32,
    /// By how many the sessions alone exceed the limit; 0 if they do not.
    pub overdraft: u32,
    /// The stored state was damaged and has been taken for empty.
    pub damaged: bool,
    /// A slot could not be given back and stays taken until it expires.
    pub leaked: bool,
    /// A key login was admitted without a reservation, since there are very many from other
    /// addresses: somebody probes this user's name.
    pub unreserved: bool,
}

/// Why a ledger gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The store gave no answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The limit is larger than the store can keep leases for.
    #[error("a session limit of {limit} does not fit the store, which has room for {capacity}")]
    LimitTooLarge {
        /// The limit asked for.
        limit: SessionLimit,
        /// The largest limit whose leases fit the store.
        capacity: u32,
    },
}

impl LedgerError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::LimitTooLarge { .. } => false,
        }
    }

    /// Whether what was asked for may have been done all the same, or may yet be: a login may hold
    /// a slot.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Store(StoreError::Ambiguous(_)))
    }
}
