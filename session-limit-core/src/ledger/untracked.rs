//! Session tracking switched off.

use super::{
    Admission, AdmissionRequest, Admitted, Effect, Ledger, LedgerError, Observation, Verdict,
};
use crate::event::SessionEvent;
use crate::time::Timestamp;

/// Admits every login and remembers nothing: for operators who only want the authentication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Untracked;

impl Ledger for Untracked {
    async fn admit(&self, _: &AdmissionRequest, _: Timestamp) -> Result<Admission, LedgerError> {
        Ok(Admission::new(Verdict::Admitted, 0))
    }

    async fn roll_back(
        &self,
        _: &AdmissionRequest,
        _: Admitted,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn observe(
        &self,
        event: &SessionEvent,
        _: Timestamp,
    ) -> Result<Observation, LedgerError> {
        Ok(Observation { user: event.user.clone(), ..Observation::new(Effect::Unchanged) })
    }
}
