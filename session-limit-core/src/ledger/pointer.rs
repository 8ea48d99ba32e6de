//! A ledger that several hold at once, such as an identity provider and a tracker.

use std::sync::Arc;

use super::{Admission, AdmissionRequest, Admitted, Ledger, LedgerError, Observation};
use crate::event::SessionEvent;
use crate::time::Timestamp;

/// Forwards to the ledger that is pointed to.
macro_rules! forward {
    ($pointer:ty) => {
        impl<L: Ledger> Ledger for $pointer {
            async fn admit(
                &self,
                request: &AdmissionRequest,
                now: Timestamp,
            ) -> Result<Admission, LedgerError> {
                (**self).admit(request, now).await
            }

            async fn roll_back(
                &self,
                request: &AdmissionRequest,
                admitted: Admitted,
                now: Timestamp,
            ) -> Result<(), LedgerError> {
                (**self).roll_back(request, admitted, now).await
            }

            async fn observe(
                &self,
                event: &SessionEvent,
                now: Timestamp,
            ) -> Result<Observation, LedgerError> {
                (**self).observe(event, now).await
            }
        }
    };
}

forward!(&L);
forward!(Arc<L>);
