//! Tools that most tests need.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::{Key, Store, Versioned};
use session_limit_core::time::Timestamp;
use session_limit_harness::memcached::Server;
use session_limit_harness::{PATIENCE, run_within};
use session_limit_memcached::{MemcachedStore, Version};

/// The bound of an operation that is going to fail.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// Some time; the store has a clock of its own.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Runs a test on several threads, and fails it if it hangs.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    run_within(2 * PATIENCE, test)
}

/// A server on which a store can be opened.
pub(crate) trait Open {
    /// A patient store, without TLS.
    fn store(&self) -> MemcachedStore;
}

impl Open for Server {
    fn store(&self) -> MemcachedStore {
        MemcachedStore::open(&self.url(), PATIENCE).unwrap()
    }
}

pub(crate) fn server_id() -> ServerId {
    ServerId::new("s-0123456789abcdef0").unwrap()
}

/// A user that no other test has.
pub(crate) fn user() -> UserName {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    UserName::new(&format!("user-{}", NEXT.fetch_add(1, Ordering::Relaxed))).unwrap()
}

pub(crate) fn key() -> Key {
    Key::table(&server_id(), &user())
}

pub(crate) async fn get(store: &MemcachedStore, key: &Key) -> Option<Versioned<Version>> {
    store.load(std::slice::from_ref(key), NOW).await.unwrap().remove(0)
}

pub(crate) async fn value(store: &MemcachedStore, key: &Key) -> Option<Vec<u8>> {
    get(store, key).await.map(|item| item.value)
}
