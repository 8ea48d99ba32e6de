//! Logins while the store is away, and the decision without it.

use crate::ledger::LedgerError;
use crate::refusal::Refusal;

/// The answer to an authenticated login while the store cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStoreFailure {
    /// Refuse it: nobody exceeds the limit, and nobody gets in.
    #[default]
    Refuse,
    /// Admit it: everybody gets in, and the limit does not hold.
    Admit,
}

impl OnStoreFailure {
    /// The refusal of a login for which the ledger has no answer. `None`: it is admitted, since the
    /// same request might succeed later, and the setting says so.
    pub(super) fn refusal(self, error: LedgerError) -> Option<Refusal> {
        let is_admitted = error.is_retryable() && self == Self::Admit;
        (!is_admitted).then(|| error.into())
    }
}

/// A decision that was made without the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFailure {
    /// The reason why the store gave no answer.
    pub error: LedgerError,
    /// The decision, as the setting says.
    pub decided: OnStoreFailure,
}

impl StoreFailure {
    /// The failure of a store that might answer later. An error that would come again is none.
    pub(super) fn of(error: &LedgerError, decided: OnStoreFailure) -> Option<Self> {
        error.is_retryable().then(|| Self { error: error.clone(), decided })
    }
}
