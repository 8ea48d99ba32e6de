//! The failures of a node: which requests may be sent again, and the meaning to a ledger.

use std::fmt::Write as _;
use std::io;

use session_limit_core::store::StoreError;
use thiserror::Error;

use crate::config::Address;
use crate::effect::Effect;

/// The failure of an exchange with a node, by what the node may have done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node cannot have acted: it has not been sent a whole command.
    NotSent(Cause),
    /// A whole command was sent, or more. No answer came, or none that makes sense of all of it.
    Unanswered(Cause),
    /// The node answered that it did none of it.
    Refused(Refusal),
    /// No connection is left on which the version of a value means anything.
    VersionGone,
}

/// The cause of a failure on the way.
#[derive(Debug, Error)]
pub(crate) enum Cause {
    #[error("no answer in time")]
    Timeout,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("not an answer of memcached: {0}")]
    Nonsense(String),
    #[error("a part of the request was refused: {0}")]
    Partly(String),
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `SERVER_ERROR …` and `ERROR …`, with a reason: the server is short of something. `ERROR Too
    /// many open connections` is said to whoever connects, before anything is asked.
    Server(String),
    /// `CLIENT_ERROR …`, and `ERROR` alone for a command that the server does not know.
    Client(String),
}

impl Failure {
    /// True if the same request may be sent again without changing what it does.
    pub(crate) fn may_repeat(&self, effect: Effect) -> bool {
        match self {
            Self::NotSent(_) => true,
            Self::Unanswered(_) => effect != Effect::Once,
            Self::Refused(_) | Self::VersionGone => false,
        }
    }

    /// The meaning to a ledger: `node` failed to do something that has `effect`.
    pub(crate) fn into_store_error(self, node: &Address, effect: Effect) -> StoreError {
        match self {
            Self::NotSent(cause) => StoreError::Unavailable(said(node, &cause)),
            Self::Unanswered(cause) if effect == Effect::None => {
                StoreError::Unavailable(said(node, &cause))
            }
            Self::Unanswered(cause) => StoreError::Ambiguous(said(node, &cause)),
            Self::Refused(refusal) => refusal.into_store_error(node),
            Self::VersionGone => StoreError::Unavailable(format!("{node}: connection lost")),
        }
    }
}

impl Refusal {
    /// `Rejected` is only what would be refused again whenever it is sent: the login or event that
    /// asked for it is given up. All that may pass is `Unavailable`, also what is not known here.
    fn into_store_error(self, node: &Address) -> StoreError {
        match self {
            Self::Server(text) if text.contains("too large") => {
                StoreError::Rejected(format!("{node}: {text}"))
            }
            Self::Server(text) => StoreError::Unavailable(format!("{node}: {text}")),
            Self::Client(text) if text.contains("non-numeric") => {
                StoreError::Corrupt(format!("{node}: {text}"))
            }
            Self::Client(text) => StoreError::Rejected(format!("{node}: {text}")),
        }
    }
}

/// The node, the cause and the causes behind it, as one line.
fn said(node: &Address, cause: &Cause) -> String {
    let mut text = format!("{node}: {cause}");
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
