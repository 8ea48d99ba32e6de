//! A second client that asks for the very keys under test, all the time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;
use session_limit_memcached::{MemcachedStore, Version};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::tools::{HOUR, NOW, key};

/// The most of the latest keys that are hammered.
const MOST_KEYS: usize = 64;

/// Loads the keys, and tries to swap their values by the version of another item: both must change
/// nothing.
pub(crate) struct Hammer {
    anvil: Arc<Anvil>,
    hammering: Vec<JoinHandle<()>>,
    /// Ends the hammering when it is dropped.
    _runtime: Runtime,
}

#[derive(Default)]
struct Anvil {
    keys: Mutex<Vec<Key>>,
    blows: AtomicUsize,
}

impl Hammer {
    pub(crate) fn start(make: impl Fn() -> MemcachedStore) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let anvil = Arc::new(Anvil::default());
        let strike = |_| runtime.spawn(hammer(make(), Arc::clone(&anvil)));
        Self { hammering: (0..4).map(strike).collect(), anvil, _runtime: runtime }
    }

    /// Makes sure that it has hammered, and still does.
    pub(crate) fn check(&self) {
        let broken = self.hammering.iter().filter(|task| task.is_finished()).count();
        assert_eq!(broken, 0, "a hammer is broken");
        let blows = self.anvil.blows.load(Ordering::Relaxed);
        assert!(blows > 1_000, "{blows} blows");
    }
}

async fn hammer(store: MemcachedStore, anvil: Arc<Anvil>) {
    let own = key();
    loop {
        store.add(&own, b"own", HOUR, NOW).await.unwrap();
        let loaded = store.load(std::slice::from_ref(&own), NOW).await.unwrap().remove(0);
        let Some(Versioned { version, .. }) = loaded else { continue };
        let keys = anvil.keys.lock().unwrap().clone();
        store.load(&keys, NOW).await.unwrap();
        for key in &keys {
            let swapped = store.replace(key, &version, b"hammered", HOUR, NOW).await;
            assert_eq!(swapped, Ok(Write::Conflict));
            let swapped = store.replace_or_load(key, &version, b"hammered", HOUR, NOW).await;
            assert!(matches!(swapped, Ok(Swap::Conflict(_))), "{swapped:?}");
            anvil.blows.fetch_add(1, Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
}

/// A store whose keys are hammered.
pub(crate) struct Hammered {
    store: MemcachedStore,
    anvil: Arc<Anvil>,
}

impl Hammered {
    pub(crate) fn new(store: MemcachedStore, hammer: &Hammer) -> Self {
        Self { store, anvil: Arc::clone(&hammer.anvil) }
    }

    fn strike(&self, struck: &[Key]) -> &MemcachedStore {
        let mut keys = self.anvil.keys.lock().unwrap();
        for key in struck {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        let surplus = keys.len().saturating_sub(MOST_KEYS);
        keys.drain(..surplus);
        &self.store
    }

    fn strike_one(&self, key: &Key) -> &MemcachedStore {
        self.strike(std::slice::from_ref(key))
    }
}

impl Store for Hammered {
    type Version = Version;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<Version>>>, StoreError> {
        self.strike(keys).load(keys, now).await
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.strike_one(key).add(key, value, ttl, now).await
    }

    fn max_value_len(&self) -> usize {
        self.store.max_value_len()
    }
}

impl TableStore for Hammered {
    async fn replace(
        &self,
        key: &Key,
        version: &Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.strike_one(key).replace(key, version, value, ttl, now).await
    }

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Swap<Version>, StoreError> {
        self.strike_one(key).replace_or_load(key, version, value, ttl, now).await
    }
}

impl CounterStore for Hammered {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        self.strike_one(key).increment(key, ttl, now).await
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.strike_one(key).decrement(key, now).await
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.strike_one(key).count(key, now).await
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.strike(keys).touch(keys, ttl, now).await
    }
}
