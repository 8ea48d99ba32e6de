//! The published algorithm, as a control: it must fail where the ledgers do not.
//!
//! At every call of the identity provider it reads the counter, compares it and adds one. At every
//! `DISCONNECTED` it takes one away. The counter has one expiry for all its sessions. All users of
//! one name share one counter, whatever their server.

use std::time::Duration;

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, Effect, Ledger, LedgerError, Observation, Verdict,
};
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::{CounterStore, Key};
use session_limit_core::time::Timestamp;

/// The control. Its events have to name their user, as if it were read from the name of the log
/// stream.
#[derive(Debug)]
pub struct NaiveLedger<S> {
    store: S,
    ttl: Duration,
    /// The same for every server: that is one of its faults.
    server: ServerId,
}

impl<S: CounterStore> NaiveLedger<S> {
    /// Creates a control that keeps its counters in `store`, each for `ttl` after the latest login.
    ///
    /// # Panics
    /// Never.
    pub fn new(store: S, ttl: Duration) -> Self {
        let server = ServerId::new("s-any").expect("it is a valid server id");
        Self { store, ttl, server }
    }

    /// The key of a user's counter.
    #[must_use]
    pub fn key(&self, user: &UserName) -> Key {
        Key::counter(&self.server, user)
    }
}

impl<S: CounterStore> Ledger for NaiveLedger<S> {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        let key = self.key(&request.user);
        let counted = self.store.count(&key, now).await?.unwrap_or(0);
        if counted >= u64::from(request.limit.get()) {
            return Ok(admission(Verdict::Refused, counted));
        }
        let counted = self.store.increment(&key, self.ttl, now).await?;
        Ok(admission(Verdict::Admitted, counted))
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
        now: Timestamp,
    ) -> Result<Observation, LedgerError> {
        let mut counted = None;
        if let (EventKind::Ended, Some(user)) = (event.kind, &event.user) {
            counted = self.store.decrement(&self.key(user), now).await?;
        }
        let effect = if counted.is_some() { Effect::Ended } else { Effect::Unchanged };
        let mut observed = Observation::new(effect);
        observed.user.clone_from(&event.user);
        observed.counted = counted.map(saturate);
        Ok(observed)
    }
}

fn admission(verdict: Verdict, counted: u64) -> Admission {
    Admission::new(verdict, saturate(counted))
}

fn saturate(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
