//! The ledger of a simulated world: one of three, with one interface.

use std::sync::Arc;

use session_limit_core::event::SessionEvent;
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, AnyLedger, CounterLedger, CounterSettings, KeyPhase, LeaseLedger,
    LeaseSettings, Ledger, LedgerError, Observation,
};
use session_limit_core::methods::ServerMethods;
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::{CounterStore, Key, MemoryStore, TableStore};
use session_limit_core::time::Timestamp;

use super::{Config, LedgerKind};
use crate::naive::NaiveLedger;

pub(super) enum SimLedger<S> {
    Real(AnyLedger<S>),
    Naive(NaiveLedger<S>),
}

impl<S: TableStore + CounterStore> SimLedger<S> {
    pub(super) fn new(config: &Config, store: S, methods: ServerMethods) -> Self {
        let ttl = config.times.session_ttl();
        Self::Real(match config.ledger {
            LedgerKind::Lease => {
                AnyLedger::Lease(LeaseLedger::new(store, settings(config, methods)))
            }
            LedgerKind::Counter => {
                let key_phase = KeyPhase::Auto; // a counter knows no other
                let settings =
                    CounterSettings::new(ttl).with_key_phase(key_phase).with_methods(methods);
                AnyLedger::Counter(CounterLedger::new(store, settings).expect("auto is accepted"))
            }
            LedgerKind::Naive => return Self::Naive(NaiveLedger::new(store, ttl)),
        })
    }

    pub(super) async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        match self {
            Self::Real(ledger) => ledger.admit(request, now).await,
            Self::Naive(ledger) => ledger.admit(request, now).await,
        }
    }

    pub(super) async fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, LedgerError> {
        match self {
            Self::Real(ledger) => ledger.observe(event, now).await,
            Self::Naive(ledger) => ledger.observe(event, now).await,
        }
    }
}

fn settings(config: &Config, methods: ServerMethods) -> LeaseSettings {
    LeaseSettings::default()
        .with_times(config.times)
        .with_key_phase(config.key_phase)
        .with_methods(methods)
}

/// A view of the ledger's state that takes no time.
pub(super) enum Look {
    Table(LeaseLedger<Arc<MemoryStore>>),
    Counter(Arc<MemoryStore>),
    Naive(Arc<MemoryStore>, NaiveLedger<Arc<MemoryStore>>),
}

impl Look {
    pub(super) fn new(config: &Config, memory: Arc<MemoryStore>, methods: ServerMethods) -> Self {
        match config.ledger {
            LedgerKind::Lease => Self::Table(LeaseLedger::new(memory, settings(config, methods))),
            LedgerKind::Counter => Self::Counter(memory),
            LedgerKind::Naive => {
                Self::Naive(memory.clone(), NaiveLedger::new(memory, config.times.session_ttl()))
            }
        }
    }

    /// The table of a user, if the ledger keeps tables.
    pub(super) fn table(
        &self,
        server: &ServerId,
        user: &UserName,
        now: Timestamp,
    ) -> Option<Table> {
        match self {
            Self::Table(ledger) => {
                ready(ledger.table(server, user, now)).ok().map(Option::unwrap_or_default)
            }
            _ => None,
        }
    }

    /// The key of a user's number, if the ledger keeps numbers.
    pub(super) fn counter(&self, server: &ServerId, user: &UserName) -> Key {
        match self {
            Self::Naive(_, naive) => naive.key(user),
            _ => Key::counter(server, user),
        }
    }

    /// The number under `key`, if the ledger keeps numbers.
    pub(super) fn count(&self, key: &Key, now: Timestamp) -> Option<u64> {
        let memory = match self {
            Self::Table(_) => return None,
            Self::Counter(memory) | Self::Naive(memory, _) => memory,
        };
        Some(ready(memory.count(key, now)).ok().flatten().unwrap_or(0))
    }
}

/// The result of a future that never waits.
pub(super) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(result) => result,
        std::task::Poll::Pending => unreachable!("memory does not wait"),
    }
}
