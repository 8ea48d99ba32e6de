//! The ledger that the settings mean.

use session_limit_core::ledger::{AnyLedger, CounterLedger, LeaseLedger};
use session_limit_lambda::Settings;
use session_limit_lambda::settings::StoreSetting;
use session_limit_memcached::{MemcachedStore, OpenError};

use crate::arguments::StoreArguments;
use crate::usage::Usage;

/// What counts the sessions.
pub(crate) enum Ledger {
    Lease(LeaseLedger<MemcachedStore>),
    Counter(CounterLedger<MemcachedStore>),
}

impl Ledger {
    /// The ledger that the Lambda functions have with these settings.
    pub(crate) fn open(arguments: &StoreArguments) -> Result<Self, Usage> {
        let settings = Settings::read(|name| arguments.setting(name)).map_err(Usage::new)?;
        let store = match &settings.store {
            StoreSetting::None => None,
            StoreSetting::Url(url) => {
                let store = MemcachedStore::open(url.as_str(), settings.store_timeout);
                Some(store.map_err(wrong)?)
            }
        };
        match settings.ledger(store).map_err(Usage::new)? {
            AnyLedger::Lease(ledger) => Ok(Self::Lease(ledger)),
            AnyLedger::Counter(ledger) => Ok(Self::Counter(ledger)),
            AnyLedger::Untracked(_) => {
                Err(Usage::new("SESSION_STORE: without a store no sessions are counted"))
            }
        }
    }
}

fn wrong(problem: OpenError) -> Usage {
    Usage::new(format_args!("SESSION_STORE: {:#}", anyhow::Error::from(problem)))
}
