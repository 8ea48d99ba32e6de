//! The reference store.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{CounterStore, Key, LONGEST_TTL, Store, StoreError, TableStore, Versioned, Write};
use crate::time::Timestamp;

/// A store in this process's memory: for tests, for a single process, and as the reference for
/// every other store.
#[derive(Debug)]
pub struct MemoryStore {
    items: Mutex<Items>,
    max_value_len: usize,
}

#[derive(Debug, Default)]
struct Items {
    by_key: BTreeMap<Key, Item>,
    /// The version given out last; never used twice, as if every write were numbered.
    last_version: u64,
    /// The number of items above which those that have expired are dropped.
    crowded: usize,
}

/// The number of items up to which expired ones are not worth a look.
const NOT_CROWDED: usize = 1_024;

#[derive(Debug)]
struct Item {
    value: Vec<u8>,
    version: u64,
    expires: Timestamp,
}

impl MemoryStore {
    /// An empty store that keeps values of up to 1 MiB, as memcached does.
    #[must_use]
    pub fn new() -> Self {
        Self::with_max_value_len(1024 * 1024)
    }

    /// An empty store that keeps values of up to `bytes`.
    #[must_use]
    pub fn with_max_value_len(bytes: usize) -> Self {
        Self { items: Mutex::default(), max_value_len: bytes }
    }

    /// Forgets everything, as a restarted cache does.
    pub fn flush(&self) {
        self.items().by_key.clear();
    }

    /// Forgets one item, as a cache short of memory does.
    pub fn evict(&self, key: &Key) {
        self.items().by_key.remove(key);
    }

    /// The number of items that are there at `now`.
    #[must_use]
    pub fn len(&self, now: Timestamp) -> usize {
        self.items().by_key.values().filter(|item| item.expires > now).count()
    }

    /// The time for which the item under `key` lives on from `now`, if it is there. A store that is
    /// made of this one and has a clock of its own tells it in [`Versioned::remaining`].
    #[must_use]
    pub fn remaining(&self, key: &Key, now: Timestamp) -> Option<Duration> {
        self.items().live(key, now).map(|item| item.expires.since(now))
    }

    /// True if nothing is there at `now`.
    #[must_use]
    pub fn is_empty(&self, now: Timestamp) -> bool {
        self.len(now) == 0
    }

    /// No operation leaves the items half changed, so a panic elsewhere does not matter.
    fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_len(&self, value: &[u8]) -> Result<(), StoreError> {
        if value.len() > self.max_value_len {
            return Err(StoreError::Rejected(format!(
                "a value of {} bytes is over the limit of {}",
                value.len(),
                self.max_value_len
            )));
        }
        Ok(())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Items {
    /// The item under `key`, unless it has expired; then it is forgotten.
    fn live(&mut self, key: &Key, now: Timestamp) -> Option<&mut Item> {
        if self.by_key.get(key).is_some_and(|item| item.expires <= now) {
            self.by_key.remove(key);
        }
        self.by_key.get_mut(key)
    }

    fn put(&mut self, key: &Key, value: Vec<u8>, expires: Timestamp, now: Timestamp) {
        if self.by_key.len() > self.crowded.max(NOT_CROWDED) {
            self.by_key.retain(|_, item| item.expires > now);
            self.crowded = self.by_key.len().saturating_mul(2);
        }
        self.last_version = self.last_version.wrapping_add(1);
        let item = Item { value, version: self.last_version, expires };
        self.by_key.insert(key.clone(), item);
    }

    fn number(&mut self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        let Some(item) = self.live(key, now) else { return Ok(None) };
        std::str::from_utf8(&item.value)
            .ok()
            .and_then(|text| text.parse().ok())
            .map(Some)
            .ok_or_else(|| StoreError::Corrupt(format!("{key} is not a number")))
    }
}

/// The time at which an item written now expires.
fn expiry(ttl: Duration, now: Timestamp) -> Timestamp {
    now.after(ttl.min(LONGEST_TTL))
}

impl Store for MemoryStore {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        let mut items = self.items();
        // It has no clock but those of its callers.
        let remaining = None;
        let read = |key| {
            items.live(key, now).map(|item| {
                let (value, version) = (item.value.clone(), item.version);
                Versioned { value, version, remaining }
            })
        };
        Ok(keys.iter().map(read).collect())
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check_len(value)?;
        let mut items = self.items();
        if items.live(key, now).is_some() {
            return Ok(Write::Conflict);
        }
        items.put(key, value.to_vec(), expiry(ttl, now), now);
        Ok(Write::Done)
    }

    fn max_value_len(&self) -> usize {
        self.max_value_len
    }
}

impl TableStore for MemoryStore {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check_len(value)?;
        let mut items = self.items();
        if items.live(key, now).is_none_or(|item| item.version != *version) {
            return Ok(Write::Conflict);
        }
        items.put(key, value.to_vec(), expiry(ttl, now), now);
        Ok(Write::Done)
    }
}

impl CounterStore for MemoryStore {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        let mut items = self.items();
        let value = items.number(key, now)?.unwrap_or(0).saturating_add(1);
        items.put(key, value.to_string().into_bytes(), expiry(ttl, now), now);
        Ok(value)
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        let mut items = self.items();
        let Some(value) = items.number(key, now)? else { return Ok(None) };
        let value = value.saturating_sub(1);
        if let Some(expires) = items.live(key, now).map(|item| item.expires) {
            items.put(key, value.to_string().into_bytes(), expires, now);
        }
        Ok(Some(value))
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.items().number(key, now)
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        let mut items = self.items();
        for key in keys {
            if let Some(item) = items.live(key, now) {
                item.expires = expiry(ttl, now);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::names::{ServerId, SessionId};

    #[test]
    fn expired_items_do_not_pile_up() {
        let store = MemoryStore::new();
        let server = ServerId::new("s-1").unwrap();
        for number in 0..10_000_u64 {
            let now = Timestamp::from_millis(number * 1_000);
            let key = Key::session(&server, &SessionId::new(&number.to_string()).unwrap());
            block_on(store.add(&key, b"x", Duration::from_secs(60), now)).unwrap();
        }
        assert!(store.items().by_key.len() <= NOT_CROWDED + 1);
    }

    #[test]
    fn what_is_left_of_a_life_is_what_has_not_passed() {
        let (store, server) = (MemoryStore::new(), ServerId::new("s-1").unwrap());
        let key = Key::session(&server, &SessionId::new("one").unwrap());
        let start = Timestamp::from_millis(1_000);
        block_on(store.add(&key, b"x", Duration::from_secs(60), start)).unwrap();
        let told = block_on(store.load(std::slice::from_ref(&key), start)).unwrap().remove(0);
        assert_eq!(told.unwrap().remaining, None, "it goes by the time that it is told");
        let remaining = |millis| store.remaining(&key, Timestamp::from_millis(millis));
        assert_eq!(remaining(1_001), Some(Duration::from_millis(59_999)));
        assert_eq!(remaining(60_999), Some(Duration::from_millis(1)));
        assert_eq!(remaining(61_000), None);
    }
}
