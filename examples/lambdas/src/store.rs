//! The store that these functions know.

use session_limit_core::ledger::AnyLedger;
use session_limit_lambda::settings::{SettingError, StoreSetting};
use session_limit_lambda::{Settings, StartError};
use session_limit_memcached::{MemcachedStore, OpenError};

const ACCEPTED: &str = "none or memcached://host:port[,host:port…][?tls=true[&ca=FILE]]";

/// The ledger of these functions.
pub type ConfiguredLedger = AnyLedger<MemcachedStore>;

/// The ledger that `settings` ask for, over the store that they name.
///
/// # Errors
/// There is no such store, or it cannot be set up. Whether it can be reached shows later.
pub fn ledger(settings: &Settings) -> Result<ConfiguredLedger, StartError> {
    let store = match &settings.store {
        StoreSetting::None => None,
        StoreSetting::Url(url) => {
            let store = MemcachedStore::open(url.as_str(), settings.store_timeout);
            Some(store.map_err(wrong)?)
        }
    };
    Ok(settings.ledger(store)?)
}

fn wrong(problem: OpenError) -> SettingError {
    SettingError::new("SESSION_STORE", problem.to_string(), ACCEPTED)
}
