//! The ledgers over the store that the settings name.

use std::sync::Arc;

use session_limit_core::ledger::{AnyLedger, CounterLedger, LeaseLedger, LedgerError};
use session_limit_core::time::Timestamp;
use session_limit_lambda::Settings;
use session_limit_lambda::settings::{LedgerKind, StoreSetting};
use session_limit_memcached::{MemcachedStore, OpenError};

use crate::arguments::{StoreArguments, Whose};
use crate::usage::Usage;

/// Both ledgers ask one store.
pub(crate) type Store = Arc<MemcachedStore>;

/// What counts the sessions.
pub(crate) enum Ledger {
    Lease(LeaseLedger<Store>),
    Counter(CounterLedger<Store>),
}

/// The ledger that the Lambda functions have with these settings, and the other one, by which
/// nothing is counted if the settings are right.
pub(crate) struct Ledgers {
    pub(crate) chosen: Ledger,
    other: Ledger,
}

impl Ledgers {
    pub(crate) fn open(arguments: &StoreArguments) -> Result<Self, Usage> {
        let settings = Settings::read(|name| arguments.setting(name)).map_err(Usage::new)?;
        let StoreSetting::Url(url) = &settings.store else {
            return Err(Usage::new("SESSION_STORE: without a store no sessions are counted"));
        };
        let store = MemcachedStore::open(url.as_str(), settings.store_timeout).map_err(wrong)?;
        let store = Arc::new(store);
        let other = match settings.ledger {
            LedgerKind::Lease => LedgerKind::Counter,
            LedgerKind::Counter => LedgerKind::Lease,
        };
        let other = Settings { ledger: other, ..settings.clone() };
        Ok(Self { chosen: Ledger::of(&settings, &store)?, other: Ledger::of(&other, &store)? })
    }

    /// Tells that the other ledger may be the one by which a user is counted: it knows the user, or
    /// has something that cannot be read.
    pub(crate) async fn hint(&self, whose: &Whose, now: Timestamp) -> Option<String> {
        let name = match &self.other {
            Ledger::Lease(_) => "lease",
            Ledger::Counter(_) => "counter",
        };
        let hint = || {
            format!("this user's sessions may be counted by the other ledger: try --ledger {name}")
        };
        let knows = self.other.knows(whose, now).await;
        knows.unwrap_or(true).then(hint)
    }
}

impl Ledger {
    fn of(settings: &Settings, store: &Store) -> Result<Self, Usage> {
        match settings.ledger(Some(Arc::clone(store))).map_err(Usage::new)? {
            AnyLedger::Lease(ledger) => Ok(Self::Lease(ledger)),
            AnyLedger::Counter(ledger) => Ok(Self::Counter(ledger)),
            AnyLedger::Untracked(_) => Err(Usage::new("without a store no sessions are counted")),
        }
    }

    async fn knows(&self, whose: &Whose, now: Timestamp) -> Result<bool, LedgerError> {
        let Whose { user, server } = whose;
        Ok(match self {
            Self::Lease(ledger) => ledger.table(server, user, now).await?.is_some(),
            Self::Counter(ledger) => ledger.count(server, user, now).await?.is_some(),
        })
    }
}

fn wrong(problem: OpenError) -> Usage {
    Usage::new(format_args!("SESSION_STORE: {:#}", anyhow::Error::from(problem)))
}
