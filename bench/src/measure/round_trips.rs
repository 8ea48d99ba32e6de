//! The round trips that a ledger makes: seen at its store, and made again on a bare connection.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;
use session_limit_memcached::LONGEST_PAIRED;

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoundTrip {
    /// The lengths of the values that were there.
    Load(Vec<Option<usize>>),
    Add(usize),
    Replace(usize),
    Increment,
    Decrement,
    Count,
    Touch,
}

/// What memcached calls them.
pub(crate) fn names(trips: &[RoundTrip]) -> String {
    let name = |trip: &RoundTrip| match trip {
        RoundTrip::Load(_) => "get",
        RoundTrip::Add(_) => "add",
        RoundTrip::Replace(_) => "cas",
        RoundTrip::Increment => "incr",
        RoundTrip::Decrement => "decr",
        RoundTrip::Count => "get",
        RoundTrip::Touch => "touch",
    };
    trips.iter().map(name).collect::<Vec<_>>().join(" + ")
}

/// A store that notes the round trips made to it.
#[derive(Clone, Debug)]
pub(crate) struct Noting<S> {
    store: S,
    seen: Arc<Mutex<Vec<RoundTrip>>>,
}

impl<S> Noting<S> {
    pub(crate) fn new(store: S) -> Self {
        Self { store, seen: Arc::default() }
    }

    /// What was seen since the last time.
    pub(crate) fn take(&self) -> Vec<RoundTrip> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, step: RoundTrip) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    }
}

fn len<V>(item: Option<&Versioned<V>>) -> Option<usize> {
    item.map(|item| item.value.len())
}

impl<S: Store> Store for Noting<S> {
    type Version = S::Version;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<S::Version>>>, StoreError> {
        let items = self.store.load(keys, now).await?;
        self.note(RoundTrip::Load(items.iter().map(|item| len(item.as_ref())).collect()));
        Ok(items)
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.note(RoundTrip::Add(value.len()));
        self.store.add(key, value, ttl, now).await
    }

    fn max_value_len(&self) -> usize {
        self.store.max_value_len()
    }
}

impl<S: TableStore> TableStore for Noting<S> {
    async fn replace(
        &self,
        key: &Key,
        version: &S::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.note(RoundTrip::Replace(value.len()));
        self.store.replace(key, version, value, ttl, now).await
    }

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &S::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Swap<S::Version>, StoreError> {
        self.note(RoundTrip::Replace(value.len()));
        let swap = self.store.replace_or_load(key, version, value, ttl, now).await?;
        if let Swap::Conflict(item) = &swap
            && value.len() > LONGEST_PAIRED
        {
            self.note(RoundTrip::Load(vec![len(item.as_ref())]));
        }
        Ok(swap)
    }
}

impl<S: CounterStore> CounterStore for Noting<S> {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        self.note(RoundTrip::Increment);
        self.store.increment(key, ttl, now).await
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.note(RoundTrip::Decrement);
        self.store.decrement(key, now).await
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.note(RoundTrip::Count);
        self.store.count(key, now).await
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.note(RoundTrip::Touch);
        self.store.touch(keys, ttl, now).await
    }
}
