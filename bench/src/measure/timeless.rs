//! A store that does not tell how long its items live on. The clock of what is measured runs so fast
//! that a ledger would rather believe the store's.

use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

/// The same store, without that.
pub(crate) struct Timeless<S>(pub(crate) S);

fn untold<V>(item: Versioned<V>) -> Versioned<V> {
    Versioned { remaining: None, ..item }
}

impl<S: Store> Store for Timeless<S> {
    type Version = S::Version;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<S::Version>>>, StoreError> {
        let items = self.0.load(keys, now).await?;
        Ok(items.into_iter().map(|item| item.map(untold)).collect())
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.0.add(key, value, ttl, now).await
    }

    fn max_value_len(&self) -> usize {
        self.0.max_value_len()
    }
}

impl<S: TableStore> TableStore for Timeless<S> {
    async fn replace(
        &self,
        key: &Key,
        version: &S::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.0.replace(key, version, value, ttl, now).await
    }

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &S::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Swap<S::Version>, StoreError> {
        Ok(match self.0.replace_or_load(key, version, value, ttl, now).await? {
            Swap::Conflict(there) => Swap::Conflict(there.map(untold)),
            done => done,
        })
    }
}

impl<S: CounterStore> CounterStore for Timeless<S> {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        self.0.increment(key, ttl, now).await
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.0.decrement(key, now).await
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.0.count(key, now).await
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.0.touch(keys, ttl, now).await
    }
}
