//! A ledger chosen at run time.

use super::{
    Admission, AdmissionRequest, Admitted, CounterLedger, LeaseLedger, Ledger, LedgerError,
    Observation, Untracked,
};
use crate::event::SessionEvent;
use crate::store::{CounterStore, TableStore};
use crate::time::Timestamp;

/// The ledger that an operator has chosen.
#[derive(Debug)]
pub enum AnyLedger<S> {
    /// The lease ledger.
    Lease(LeaseLedger<S>),
    /// The counter ledger.
    Counter(CounterLedger<S>),
    /// No ledger: session tracking is off.
    Untracked(Untracked),
}

impl<S: TableStore + CounterStore> Ledger for AnyLedger<S> {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        match self {
            Self::Lease(ledger) => ledger.admit(request, now).await,
            Self::Counter(ledger) => ledger.admit(request, now).await,
            Self::Untracked(ledger) => ledger.admit(request, now).await,
        }
    }

    async fn roll_back(
        &self,
        request: &AdmissionRequest,
        admitted: Admitted,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        match self {
            Self::Lease(ledger) => ledger.roll_back(request, admitted, now).await,
            Self::Counter(ledger) => ledger.roll_back(request, admitted, now).await,
            Self::Untracked(ledger) => ledger.roll_back(request, admitted, now).await,
        }
    }

    async fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, LedgerError> {
        match self {
            Self::Lease(ledger) => ledger.observe(event, now).await,
            Self::Counter(ledger) => ledger.observe(event, now).await,
            Self::Untracked(ledger) => ledger.observe(event, now).await,
        }
    }
}
