//! The ledger that the command line chose, over a store of any kind.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use session_limit_core::ledger::lease::Capacity;
use session_limit_core::ledger::{
    AnyLedger, CounterLedger, CounterSettings, LeaseLedger, LeaseSettings,
};
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{CounterStore, Store, TableStore};
use session_limit_memcached::{Config, MemcachedStore};

use crate::cli::{LedgerChoice, Options};

/// The store at `address`, which other processes share. Whether it can be reached shows later.
pub(crate) fn memcached(address: &str) -> Result<MemcachedStore> {
    let config: Config = address.parse().context("--session-store")?;
    MemcachedStore::new(&config).context("--session-store")
}

/// The ledger that the built-in identity provider and the built-in tracker share.
pub(crate) fn ledger<S: TableStore + CounterStore>(
    options: &Options,
    store: S,
) -> Result<Arc<AnyLedger<S>>> {
    let methods = methods(options);
    let key_phase = options.key_phase;
    Ok(Arc::new(match options.ledger {
        LedgerChoice::Lease => {
            let settings = LeaseSettings {
                times: options.times()?,
                key_phase,
                methods,
                ..LeaseSettings::default()
            };
            AnyLedger::Lease(LeaseLedger::new(store, settings))
        }
        LedgerChoice::Counter => {
            let settings = CounterSettings { ttl: options.session_ttl, key_phase, methods };
            match CounterLedger::new(store, settings) {
                Ok(ledger) => AnyLedger::Counter(ledger),
                Err(error) => bail!("--key-phase: {error}"),
            }
        }
    }))
}

/// How the server authenticates its users.
pub(crate) fn methods(options: &Options) -> ServerMethods {
    ServerMethods::default().with(options.server_id.clone(), options.auth_methods)
}

/// Whether the sessions of a user with the default limit fit one value of `store`.
pub(crate) fn check_limit(options: &Options, store: &impl Store) -> Result<()> {
    let largest = Capacity::of(store.max_value_len()).largest_limit();
    if options.ledger == LedgerChoice::Lease && options.default_limit > largest.get() {
        bail!("--default-limit: the lease ledger keeps limits up to {largest} in this store");
    }
    Ok(())
}
