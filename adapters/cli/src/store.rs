//! The ledger that the settings mean.

use session_limit_core::ledger::{AnyLedger, CounterLedger, LeaseLedger};
use session_limit_lambda::Settings;
use session_limit_lambda::settings::StoreSetting;
use session_limit_memcached::{Config, MemcachedStore};

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
            StoreSetting::Url(url) => Some(memcached(url.as_str(), &settings)?),
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

fn memcached(url: &str, settings: &Settings) -> Result<MemcachedStore, Usage> {
    let config: Config = url.parse().map_err(wrong)?;
    MemcachedStore::new(&config.with_timeout(settings.store_timeout)).map_err(wrong)
}

fn wrong(problem: impl Into<anyhow::Error>) -> Usage {
    Usage::new(format_args!("SESSION_STORE: {:#}", problem.into()))
}
