//! Ledgers, which admit logins and observe session events.
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
/// Dropping a future of these between two polls is the same as a crash at that point. It costs a
/// retry, and what it may have left behind expires.
pub trait Ledger: Send + Sync {
    /// Asks for a slot for an authenticated login.
    ///
    /// # Errors
    /// The store gave no answer, or the limit is one that this ledger cannot keep. No slot is
    /// taken, unless the error [is ambiguous](LedgerError::is_ambiguous): then there may be one.
    fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> impl Future<Output = Result<Admission, LedgerError>> + Send;

    /// Gives back the slot of a login that will not be answered after all. It may be called at most
    /// once for each login, since a counter cannot tell one time from two.
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

    /// Takes note of a session event. Any number of deliveries in any order end in the same state, as
    /// long as each is handled before a lease expires, and the table has room.
    ///
    /// # Errors
    /// The store gave no answer. If the error [is retryable](LedgerError::is_retryable), the event
    /// has to be delivered again.
    fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> impl Future<Output = Result<Observation, LedgerError>> + Send;
}

/// A login that has been authenticated and asks for a slot.
///
/// ```
/// use session_limit_core::ledger::AdmissionRequest;
/// use session_limit_core::limit::SessionLimit;
/// use session_limit_core::names::{ServerId, Token, UserName};
///
/// let server = ServerId::new("s-1234567890abcdef0")?;
/// let user = UserName::new("alice")?;
/// let token = Token::new("8f5a2b1c-request-id")?;
/// let login = AdmissionRequest::new(server, user, SessionLimit::new(5), token);
/// // Say the client's address wherever it is known.
/// let login = login.from("192.0.2.7".parse::<std::net::IpAddr>()?);
/// # assert!(login.source.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdmissionRequest {
    /// The server.
    pub server: ServerId,
    /// The user.
    pub user: UserName,
    /// The number of sessions that the user may hold at once.
    pub limit: SessionLimit,
    /// The phase of authentication: by password or by key.
    pub phase: Phase,
    /// True if the user could log in with a password as well: a key phase may then be only a
    /// try before the password.
    pub has_password: bool,
    /// The client's address, if it is known.
    pub source: Option<IpAddr>,
    /// The name of this login and no other.
    pub token: Token,
}

impl AdmissionRequest {
    /// A login that reserves a slot which counts against every other login of the user.
    ///
    /// `token` is unique for each login, such as the request id of a Lambda invocation. With the
    /// lease ledger a retry by the same token takes no second slot while the first is reserved. The
    /// counter ledger does not look at tokens, and counts a retry again.
    #[must_use]
    pub const fn new(server: ServerId, user: UserName, limit: SessionLimit, token: Token) -> Self {
        let (phase, has_password, source) = (Phase::Password, true, None);
        Self { server, user, limit, phase, has_password, source, token }
    }

    /// The same for the key phase of SFTP, in which the identity provider is asked for a user's
    /// public keys. `has_password` is true if the user could log in with a password as well.
    ///
    /// **It may give up exactness.** Everybody who knows a user's name can cause a key phase. So by
    /// default such a login counts only against logins from its own address, or reserves nothing.
    /// The table of [`KeyPhase`] says what each setting costs.
    #[must_use]
    pub fn key_phase(self, has_password: bool) -> Self {
        Self { phase: Phase::Key, has_password, ..self }
    }

    /// The same from the client's address, over any protocol. It tells the user's logins apart when
    /// sessions start. A session finds the reservation of a login without an address only if
    /// [`ReservationClass::User`] is set. Otherwise both count until the reservation expires.
    #[must_use]
    pub fn from(self, source: impl Into<Option<IpAddr>>) -> Self {
        Self { source: source.into(), ..self }
    }
}

/// The caller's knowledge of an admission, for [`Ledger::roll_back`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// [`Ledger::admit`] answered [`Verdict::Admitted`].
    Yes,
    /// [`Ledger::admit`] was cancelled, or its error [is ambiguous](LedgerError::is_ambiguous).
    Unknown,
}

/// The answer to an [`AdmissionRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Admission {
    /// The verdict on the login.
    pub verdict: Verdict,
    /// The number of leases that count against a login like this one, the lease just taken
    /// included.
    pub counted: u32,
    /// Facts that the operator should know.
    pub report: Report,
}

impl Admission {
    /// An answer with nothing to report.
    #[must_use]
    pub fn new(verdict: Verdict, counted: u32) -> Self {
        Self { verdict, counted, report: Report::default() }
    }
}

/// The verdict on a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A slot is free, and now taken where this phase of the login takes one.
    Admitted,
    /// As many slots as the limit allows are taken: by sessions, or by logins whose session has not
    /// started.
    Refused,
}

/// The outcome of a session event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// The change that it made.
    pub effect: Effect,
    /// The user of the session, where it is known.
    pub user: Option<UserName>,
    /// The number of leases that count against the user now, where the ledger knows it.
    pub counted: Option<u32>,
    /// The time at which the session connected, by the log's clock, where the ledger knows it.
    pub connected: Option<Timestamp>,
    /// The reservation that a start took, or the reason why it took none. `None` for other events,
    /// for a start that was known, and for ledgers without reservations.
    pub matched: Option<Matched>,
    /// Facts that the operator should know.
    pub report: Report,
}

impl Observation {
    /// An outcome of which nothing else is known.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
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

/// The result of a start among the reservations: it took one, or none for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// A reservation, which is now the session's slot.
    Reservation {
        /// The time from the login to the start of the session, where only one reservation can be
        /// its own.
        waited: Option<Duration>,
    },
    /// The session found no reservation, or took that of a later session, which now has none. If its
    /// own login has a reservation all the same, both count until that expires.
    Nothing,
    /// No reservation, though there is one of another address that could be its own. The login and
    /// the log may see different addresses.
    OtherAddress,
    /// No reservation, and none was expected: the login of such a session may only look whether a
    /// slot is free.
    OnlyLooked,
}

impl Matched {
    /// True if it took a reservation.
    #[must_use]
    pub const fn has_reservation(self) -> bool {
        matches!(self, Self::Reservation { .. })
    }
}

/// The change that a session event made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// The effect of an event, followed by the `end` of its session, which was known already. The
    /// start of an adopted session has been told of before, or still will be.
    fn then(self, end: Self) -> Self {
        match (self, end) {
            (Self::Started, Self::Ended) => Self::StartedAndEnded,
            (Self::Adopted, Self::Ended) => Self::Ended,
            (Self::Unchanged, effect) | (effect, _) => effect,
        }
    }
}

/// Facts about an operation of a ledger that an operator should know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The number of attempts: loads and changes of the state until no other change came in
    /// between.
    pub attempts: u32,
    /// The number by which the sessions alone exceed the limit; 0 if they do not.
    pub overdraft: u32,
    /// True if the stored state was damaged and has been taken for empty.
    pub damaged: bool,
    /// True if a slot could not be given back. It stays taken until it expires.
    pub leaked: bool,
    /// True if a key login was admitted without a reservation, since there are very many of this
    /// user, or the table is full. Perhaps somebody probes the user's name.
    pub unreserved: bool,
}

/// The reason why a ledger gave no answer.
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
    /// True if the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::LimitTooLarge { .. } => false,
        }
    }

    /// True if what was asked for may have been done all the same, or may yet be. A login may then
    /// hold a slot.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Store(StoreError::Ambiguous(_)))
    }
}
