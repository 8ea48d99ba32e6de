//! The stores that these functions know, by the scheme of their address.

use session_limit_core::ledger::AnyLedger;
use session_limit_lambda::settings::{SettingError, StoreSetting, StoreUrl};
use session_limit_lambda::{Settings, StartError};
use session_limit_memcached::{Config, MemcachedStore};

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
        StoreSetting::Url(url) if url.scheme() == "memcached" => Some(memcached(url, settings)?),
        StoreSetting::Url(_) => return Err(wrong("there is no store of this kind").into()),
    };
    Ok(settings.ledger(store)?)
}

fn memcached(url: &StoreUrl, settings: &Settings) -> Result<MemcachedStore, SettingError> {
    let config: Config = url.as_str().parse().map_err(wrong)?;
    MemcachedStore::new(&config.with_timeout(settings.store_timeout)).map_err(wrong)
}

fn wrong(problem: impl ToString) -> SettingError {
    SettingError::new("SESSION_STORE", problem.to_string(), ACCEPTED)
}
