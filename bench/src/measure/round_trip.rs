//! The round trips that a ledger makes, seen at its store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use session_limit_bench::ledgers::OfPhases;
use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoundTrip {
    /// The lengths of the values that were there.
    Get(Vec<Option<usize>>),
    Add(usize),
    Cas(usize),
    Incr,
    Decr,
    Touch,
}

/// The round trips of a session in each phase.
pub(crate) type Trips = OfPhases<Vec<RoundTrip>>;

/// The names of the commands, which are those of the variants.
pub(crate) fn names(trips: &[RoundTrip]) -> String {
    let name = |trip: &RoundTrip| format!("{trip:?}").split('(').next().map(str::to_lowercase);
    trips.iter().filter_map(name).collect::<Vec<_>>().join(" + ")
}

/// The round trips that were made since they were taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<RoundTrip>>>);

impl Seen {
    pub(crate) fn take(&self) -> Vec<RoundTrip> {
        std::mem::take(&mut self.list())
    }

    fn list(&self) -> MutexGuard<'_, Vec<RoundTrip>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store that notes the round trips made to it, and does not tell how long its items live on: the
/// clock of what is measured runs so fast that a ledger would rather believe the store's.
#[derive(Clone, Debug)]
pub(crate) struct Observed<S> {
    pub(crate) store: S,
    pub(crate) seen: Seen,
    pub(crate) longest_paired: usize,
}

type Item<S> = Option<Versioned<<S as Store>::Version>>;

fn untold<V>(item: Option<Versioned<V>>) -> Option<Versioned<V>> {
    item.map(|item| Versioned { remaining: None, ..item })
}

fn len<V>(item: &Option<Versioned<V>>) -> Option<usize> {
    item.as_ref().map(|item| item.value.len())
}

/// A method that is noted before it is called.
macro_rules! noted {
    ($method:ident($($name:ident: $type:ty),+) -> $answer:ty, $trip:expr) => {
        async fn $method(&self, $($name: $type,)+ now: Timestamp) -> Result<$answer, StoreError> {
            self.seen.list().push($trip);
            self.store.$method($($name,)+ now).await
        }
    };
}

impl<S: Store> Store for Observed<S> {
    type Version = S::Version;

    noted!(add(key: &Key, value: &[u8], ttl: Duration) -> Write, RoundTrip::Add(value.len()));

    async fn load(&self, keys: &[Key], now: Timestamp) -> Result<Vec<Item<S>>, StoreError> {
        let items = self.store.load(keys, now).await?;
        self.seen.list().push(RoundTrip::Get(items.iter().map(len).collect()));
        Ok(items.into_iter().map(untold).collect())
    }

    fn max_value_len(&self) -> usize {
        self.store.max_value_len()
    }
}

impl<S: TableStore> TableStore for Observed<S> {
    noted!(
        replace(key: &Key, version: &S::Version, value: &[u8], ttl: Duration) -> Write,
        RoundTrip::Cas(value.len())
    );

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &S::Version,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Swap<S::Version>, StoreError> {
        self.seen.list().push(RoundTrip::Cas(value.len()));
        let swap = self.store.replace_or_load(key, version, value, ttl, now).await?;
        let Swap::Conflict(item) = swap else { return Ok(swap) };
        if value.len() > self.longest_paired {
            self.seen.list().push(RoundTrip::Get(vec![len(&item)]));
        }
        Ok(Swap::Conflict(untold(item)))
    }
}

impl<S: CounterStore> CounterStore for Observed<S> {
    noted!(increment(key: &Key, ttl: Duration) -> u64, RoundTrip::Incr);
    noted!(decrement(key: &Key) -> Option<u64>, RoundTrip::Decr);
    noted!(count(key: &Key) -> Option<u64>, RoundTrip::Get(vec![Some(1)]));
    noted!(touch(keys: &[Key], ttl: Duration) -> (), RoundTrip::Touch);
}
