//! Either ledger, over the embedded store.

use std::sync::Arc;

use session_limit_core::event::SessionEvent;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, CounterLedger, LeaseLedger, Ledger, LedgerError,
    Observation,
};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

/// The ledger that the command line chose. Clones share one ledger, and what it knows dies with
/// this process.
#[derive(Clone, Debug)]
pub enum EmbeddedLedger {
    /// The lease ledger.
    Lease(Arc<LeaseLedger<MemoryStore>>),
    /// The counter ledger.
    Counter(Arc<CounterLedger<MemoryStore>>),
}

impl Ledger for EmbeddedLedger {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        match self {
            Self::Lease(ledger) => ledger.admit(request, now).await,
            Self::Counter(ledger) => ledger.admit(request, now).await,
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
        }
    }
}
