//! Logins while the store is away, and the decision without it.

use crate::ledger::LedgerError;

/// The answer to an authenticated login while the store cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnStoreFailure {
    /// Refuse it: nobody exceeds the limit, and nobody gets in.
    #[default]
    Refuse,
    /// Admit it: everybody gets in, and the limit does not hold.
    Admit,
}

/// A decision that was made without the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFailure {
    /// The reason why the store gave no answer.
    pub error: LedgerError,
    /// The decision, as the setting says.
    pub decided: OnStoreFailure,
}
