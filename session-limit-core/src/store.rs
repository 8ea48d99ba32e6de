//! Stores, in which ledgers keep their state.
//!
//! A store holds small values under [`Key`]s, each with a time to live. Three traits say what is
//! asked of it:
//!
//! - [`Store`]: loads and creations, which both ledgers need;
//! - [`TableStore`]: the compare-and-swap of the lease ledger;
//! - [`CounterStore`]: the arithmetic of the counter ledger.
//!
//! Most methods say what a wrong answer costs: a login too many, or a slot that comes back late. A method that fails returns a
//! [`StoreError`], which says whether anything was written. [`MemoryStore`] implements all three
//! traits and is the reference.
//!
//! A store is a handle. Every process opens its own, and what is said here holds among all of them.
//! A load sees every write that was answered before it began, whichever handle wrote.
//!
//! Every method that touches an item is told the caller's time. A store with a clock of its own ignores it, and can tell
//! with each item how long that lives on. A time to live is longer than zero and at most
//! [`LONGEST_TTL`]. A store that counts in coarser steps rounds it up.
//!
//! # A store of one's own
//!
//! The example is a database that numbers its writes. Comments name the statements that it would
//! run. The conformance suite of `session-limit-testkit` tests a store by every rule of the traits.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use std::time::Duration;
//!
//! use session_limit_core::ledger::{LeaseLedger, LeaseSettings};
//! use session_limit_core::store::{Key, Store, StoreError, TableStore, Versioned, Write};
//! use session_limit_core::time::Timestamp;
//!
//! #[derive(Default)]
//! struct Database {
//!     rows: Mutex<BTreeMap<Key, Row>>,
//!     writes: AtomicU64,
//! }
//!
//! struct Row {
//!     item: Versioned<u64>,
//!     expires: Timestamp,
//! }
//!
//! impl Database {
//!     /// `INSERT OR REPLACE … WHERE condition`: one statement, so that nobody comes in between.
//!     fn put(
//!         &self,
//!         key: &Key,
//!         value: &[u8],
//!         expires: Timestamp,
//!         condition: impl FnOnce(Option<&Versioned<u64>>) -> bool,
//!         now: Timestamp,
//!     ) -> Result<Write, StoreError> {
//!         if value.len() > self.max_value_len() {
//!             return Err(StoreError::Rejected(format!("{} bytes are too many", value.len())));
//!         }
//!         let mut rows = self.rows.lock().map_err(|e| StoreError::Unavailable(e.to_string()))?;
//!         let there = rows.get(key).filter(|row| row.expires > now);
//!         if !condition(there.map(|row| &row.item)) {
//!             return Ok(Write::Conflict);
//!         }
//!         let version = self.writes.fetch_add(1, Ordering::Relaxed);
//!         // It goes by the time that it is told, so it cannot tell how long an item lives on.
//!         let item = Versioned { value: value.to_vec(), version, remaining: None };
//!         rows.insert(key.clone(), Row { item, expires });
//!         Ok(Write::Done)
//!     }
//! }
//!
//! impl Store for Database {
//!     type Version = u64;
//!
//!     // `SELECT value, version … WHERE key = ? AND expires > ?`, in one transaction for all keys.
//!     async fn load(
//!         &self,
//!         keys: &[Key],
//!         now: Timestamp,
//!     ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
//!         let rows = self.rows.lock().map_err(|e| StoreError::Unavailable(e.to_string()))?;
//!         let live = |key| rows.get(key).filter(|row| row.expires > now);
//!         Ok(keys.iter().map(|key| live(key).map(|row| row.item.clone())).collect())
//!     }
//!
//!     async fn add(
//!         &self,
//!         key: &Key,
//!         value: &[u8],
//!         ttl: Duration,
//!         now: Timestamp,
//!     ) -> Result<Write, StoreError> {
//!         self.put(key, value, now.after(ttl), |there| there.is_none(), now)
//!     }
//!
//!     fn max_value_len(&self) -> usize {
//!         1024 * 1024
//!     }
//! }
//!
//! impl TableStore for Database {
//!     async fn replace(
//!         &self,
//!         key: &Key,
//!         version: &u64,
//!         value: &[u8],
//!         ttl: Duration,
//!         now: Timestamp,
//!     ) -> Result<Write, StoreError> {
//!         let is_the_same = |there: Option<&Versioned<u64>>| {
//!             there.is_some_and(|item| item.version == *version)
//!         };
//!         self.put(key, value, now.after(ttl), is_the_same, now)
//!     }
//! }
//!
//! let ledger = LeaseLedger::new(Database::default(), LeaseSettings::default());
//! ```

mod error;
mod key;
mod memory;
mod pointer;

use std::future::Future;
use std::time::Duration;

pub use error::StoreError;
pub use key::Key;
pub use memory::MemoryStore;

use crate::time::Timestamp;

/// The longest time to live that a store is asked for: 30 days. memcached takes a longer one for a
/// date.
pub const LONGEST_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A value, and the version by which a store replaces just this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<V> {
    /// The bytes as they were written.
    pub value: Vec<u8>,
    /// The name of this version of the value, as [`Store::Version`] says.
    pub version: V,
    /// The time for which the item lives on from the moment of the load, by the store's own clock.
    ///
    /// It is the time to live with which the item was last written or touched, as the store has
    /// rounded it, less the time that has passed since. A store whose clock ticks is off by less
    /// than a tick, either way. The clock of memcached ticks once a second. `None` where the store
    /// cannot tell, or has no clock of its own and goes by the time that it is told.
    ///
    /// If the value says when the item ends, a host learns from this the time by the clock of the
    /// host that wrote it. Too long a time makes leases live for longer than they need to. Too
    /// short a time lets a host whose clock is fast drop leases of others and admit too many.
    pub remaining: Option<Duration>,
}

/// The result of a write that has a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The condition held and the value is written.
    Done,
    /// The condition did not hold and nothing is written.
    Conflict,
}

/// The result of a write that has a condition, and the value that is there instead if it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap<V> {
    /// The condition held and the value is written.
    Done,
    /// The condition did not hold and nothing is written. This was there afterwards, if anything.
    Conflict(Option<Versioned<V>>),
}

/// The part of a store that both ledgers need: loads, and items that are created once.
pub trait Store: Send + Sync {
    /// Names one write of one item, so that just this one can be replaced.
    ///
    /// Every write makes another version, also one of the same value. A version never comes back,
    /// neither after many writes nor when the item has expired and is created again, and it never
    /// names another item. It is good for the handle that loaded it and for no other.
    type Version: Clone + Send + Sync;

    /// Reads `keys`, in that order and at best in one round trip: a value is read no earlier than
    /// the value of a key before it. Missing and expired keys are `None`. The ledgers ask for one
    /// key or for two different ones.
    ///
    /// A stale value makes a compare-and-swap conflict and costs a retry; a value read out of
    /// order can leave the slot of an ended session taken until it expires.
    fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Option<Versioned<Self::Version>>>, StoreError>> + Send;

    /// Creates `key` unless it exists, atomically: of several callers at most one is told
    /// [`Write::Done`].
    ///
    /// Two winners would let one session be ended twice and admit one login too many; no winner
    /// leaves a slot taken until it expires.
    fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<Write, StoreError>> + Send;

    /// The largest value the store keeps, in bytes. A write of a larger one is
    /// [`StoreError::Rejected`] and changes nothing.
    ///
    /// Too large a number makes writes fail as [`StoreError::Rejected`]; too small a number
    /// refuses limits that would have fitted.
    fn max_value_len(&self) -> usize;
}

/// The part of a store that the lease ledger needs: compare-and-swap.
pub trait TableStore: Store {
    /// Replaces `key` if its version still is `version`, atomically, and sets its time to live.
    ///
    /// A swap that is done although the version has changed loses another login's lease and
    /// admits one too many. A swap refused although the version is the same costs a retry.
    fn replace(
        &self,
        key: &Key,
        version: &Self::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<Write, StoreError>> + Send;

    /// Replaces `key` as [`replace`](Self::replace) does. If there was a conflict, it loads the
    /// item afterwards. A store that can do both in one round trip does so, and a wrapper of a
    /// store passes this on. The ledger asks for it once it has lost a race for the item.
    ///
    /// An item as it was before the conflict costs a retry. An old value with the version of a
    /// newer one loses another login's lease and admits one too many.
    fn replace_or_load(
        &self,
        key: &Key,
        version: &Self::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<Swap<Self::Version>, StoreError>> + Send {
        async move {
            match self.replace(key, version, value, ttl, now).await? {
                Write::Done => Ok(Swap::Done),
                Write::Conflict => {
                    let items = self.load(std::slice::from_ref(key), now).await?;
                    Ok(Swap::Conflict(items.into_iter().next().flatten()))
                }
            }
        }
    }
}

/// The part of a store that the counter ledger needs: arithmetic in one atomic step.
pub trait CounterStore: Store {
    /// Adds one to `key`, creating it as 1, sets its time to live, and returns the new value.
    ///
    /// Two callers told the same value admit one login too many.
    fn increment(
        &self,
        key: &Key,
        ttl: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Takes one from `key` and returns the new value. A missing key stays missing (`None`) and 0
    /// stays 0; the time to live stays as it is.
    ///
    /// A value that falls below the truth admits one login too many.
    fn decrement(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// The value of `key`, or `None` if it does not exist.
    fn count(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Sets the time to live of each of `keys` that exists, longer or shorter, and of no other.
    /// They are counters and items that were added. The ledgers ask for one key.
    fn touch(
        &self,
        keys: &[Key],
        ttl: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}
