//! The store that these functions know.

use session_limit_core::ledger::AnyLedger;
use session_limit_lambda::Settings;
use session_limit_lambda::settings::{SettingError, StoreSetting};
use session_limit_memcached::{Config, MemcachedStore, OpenError};

/// The ledger of these functions.
pub type ConfiguredLedger = AnyLedger<MemcachedStore>;

/// The ledger that `settings` ask for, over the store that they name.
///
/// # Errors
/// There is no such store, it cannot be set up, or its items are too small for the default limit.
/// Whether it can be reached shows later.
pub fn ledger(settings: &Settings) -> Result<ConfiguredLedger, SettingError> {
    let store = match &settings.store {
        StoreSetting::None => None,
        StoreSetting::Url(url) => {
            let store = MemcachedStore::open(url.as_str(), settings.store_timeout);
            Some(store.map_err(wrong)?)
        }
    };
    settings.ledger(store)
}

fn wrong(problem: OpenError) -> SettingError {
    SettingError::new("SESSION_STORE", problem.to_string(), format!("none or {}", Config::FORM))
}
