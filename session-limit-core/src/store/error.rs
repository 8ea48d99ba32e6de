//! The failures between a ledger and its store.

use thiserror::Error;

/// The reason why a store gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be asked at the moment; nothing was written.
    #[error("the session store is unavailable: {0}")]
    Unavailable(String),
    /// A write was sent and its reply was lost: it may or may not have happened, or may yet.
    #[error("the session store did not confirm a write: {0}")]
    Ambiguous(String),
    /// The store refuses the key or the value: a bug, or a wrong setting.
    #[error("the session store rejected a request: {0}")]
    Rejected(String),
    /// The store holds something other than what was once written there.
    #[error("the session store holds a damaged value: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// True if the same request may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Ambiguous(_))
    }
}
