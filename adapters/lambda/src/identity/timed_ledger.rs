//! The handler's ledger, lent to one invocation and timed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use session_limit_core::event::SessionEvent;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, Ledger, LedgerError, Observation,
};
use session_limit_core::time::Timestamp;

use crate::stopwatch::timed;

/// A ledger whose operations are timed.
pub(super) struct TimedLedger<'a, L> {
    ledger: &'a L,
    spent: Mutex<Vec<Duration>>,
}

impl<'a, L: Ledger> TimedLedger<'a, L> {
    pub(super) fn new(ledger: &'a L) -> Self {
        Self { ledger, spent: Mutex::default() }
    }

    pub(super) fn spent(&self) -> Vec<Duration> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn timed<'f, T: 'f>(
        &'f self,
        operation: impl Future<Output = T> + Send + 'f,
    ) -> impl Future<Output = T> + Send + 'f {
        timed(operation, |time| {
            self.spent.lock().unwrap_or_else(PoisonError::into_inner).push(time);
        })
    }
}

impl<L: Ledger> Ledger for TimedLedger<'_, L> {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        self.timed(self.ledger.admit(request, now)).await
    }

    async fn roll_back(
        &self,
        request: &AdmissionRequest,
        admitted: Admitted,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.timed(self.ledger.roll_back(request, admitted, now)).await
    }

    async fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, LedgerError> {
        self.timed(self.ledger.observe(event, now)).await
    }
}
