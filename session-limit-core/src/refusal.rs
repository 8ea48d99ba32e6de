//! The reasons for which logins are refused.

use thiserror::Error;

use crate::ledger::LedgerError;
use crate::limit::SessionLimit;
use crate::login::{LoginError, Phase, Protocol};
use crate::secret::{SecretError, SecretSourceError};

/// The reason for which a login is refused. It is for the log and for metrics; the client is told
/// nothing.
///
/// It shows no password, no key, and no other text that a client or a secret has brought. It is
/// exhaustive on purpose: whoever counts refusals should have to look at a new one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The event is no login.
    #[error("malformed event: {0}")]
    MalformedEvent(LoginError),
    /// There is no secret for this user.
    #[error("unknown user")]
    UnknownUser,
    /// The user's secret could not be loaded.
    #[error("{0}")]
    SecretUnavailable(SecretSourceError),
    /// The user's secret, or the password in it, cannot be used.
    #[error("configuration error: {0}")]
    Configuration(SecretError),
    /// The server or the protocol does not let anybody log in like this.
    #[error("no {protocol} logins {} on this server", with(*phase))]
    MethodNotAllowed {
        /// The protocol that the client speaks.
        protocol: Protocol,
        /// The phase: by password or by key.
        phase: Phase,
    },
    /// The user may log in from certain addresses, and this one is none of them.
    #[error("the client's address is not in the user's AcceptedIpNetwork")]
    AddressNotAccepted,
    /// The user may log in from certain addresses, and the event does not tell the client's.
    #[error("the user has an AcceptedIpNetwork and the event has no sourceIp")]
    AddressUnknown,
    /// The user has no password for this protocol.
    #[error("the user has no password for this protocol")]
    NoPassword,
    /// The password is not the user's.
    #[error("wrong password")]
    WrongPassword,
    /// The user has no public key.
    #[error("the user has no public key")]
    NoPublicKey,
    /// The user holds as many sessions as the limit allows.
    #[error("session limit reached: {counted} of {limit}")]
    SessionLimitReached {
        /// The leases that count against the user.
        counted: u32,
        /// The user's limit.
        limit: SessionLimit,
    },
    /// The user's limit is larger than the store can keep leases for.
    #[error("a session limit of {limit} does not fit the store, which has room for {capacity}")]
    LimitTooLarge {
        /// The user's limit.
        limit: SessionLimit,
        /// The largest limit that fits.
        capacity: u32,
    },
    /// The store gave no answer. A retry may help.
    #[error("{0}")]
    StoreUnavailable(LedgerError),
    /// The store refused the request, or holds damaged state. A retry does not help.
    #[error("{0}")]
    StoreFailed(LedgerError),
}

impl Refusal {
    /// A short, stable name for metrics, such as `wrong_password`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::MalformedEvent(_) => "malformed_event",
            Self::UnknownUser => "unknown_user",
            Self::SecretUnavailable(_) => "secret_unavailable",
            Self::Configuration(_) => "configuration_error",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::AddressNotAccepted => "address_not_accepted",
            Self::AddressUnknown => "address_unknown",
            Self::NoPassword => "no_password",
            Self::WrongPassword => "wrong_password",
            Self::NoPublicKey => "no_public_key",
            Self::SessionLimitReached { .. } => "session_limit_reached",
            Self::LimitTooLarge { .. } => "limit_too_large",
            Self::StoreUnavailable(_) => "store_unavailable",
            Self::StoreFailed(_) => "store_failed",
        }
    }

    /// True if something is broken or set up wrongly, and an operator should look into it. False if
    /// the login is refused as it should be.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::SecretUnavailable(_)
                | Self::Configuration(_)
                | Self::LimitTooLarge { .. }
                | Self::StoreUnavailable(_)
                | Self::StoreFailed(_)
        )
    }

    /// True if another secret could have let the login in.
    pub(crate) const fn is_by_secret(&self) -> bool {
        matches!(
            self,
            Self::UnknownUser
                | Self::Configuration(_)
                | Self::AddressNotAccepted
                | Self::AddressUnknown
                | Self::NoPassword
                | Self::WrongPassword
                | Self::NoPublicKey
        )
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::LimitTooLarge { limit, capacity } => {
                Self::LimitTooLarge { limit, capacity }
            }
            error if error.is_retryable() => Self::StoreUnavailable(error),
            error => Self::StoreFailed(error),
        }
    }
}

const fn with(phase: Phase) -> &'static str {
    match phase {
        Phase::Key => "by public key",
        Phase::Password => "by password",
    }
}
