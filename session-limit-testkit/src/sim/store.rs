//! The store of a simulated world: it takes time, can be down, and loses requests and replies.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, MemoryStore, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

/// What befalls one handler.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    /// It crashes instead of resuming for this time, counted from 1.
    pub(super) crash_at: Option<u32>,
    /// The outcome of this operation stays unknown to it: either the request or the reply is lost.
    pub(super) lose: Option<(u32, Lost)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Request,
    Reply,
}

/// The handler whose turn it is.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) fate: Fate,
    /// Operations of this handler so far.
    pub(super) operations: u32,
    /// It waits for the store.
    pub(super) waits: bool,
    /// The call it works for.
    pub(super) call: usize,
}

/// A number in the store has changed.
pub(super) struct Changed {
    pub(super) key: Key,
    /// Whose handler did it.
    pub(super) call: usize,
    pub(super) change: Change,
}

/// What a number is after it was changed.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Incremented(u64),
    Decremented(Option<u64>),
}

#[derive(Default)]
struct Shared {
    now: u64,
    down_until: u64,
    turn: Turn,
    changed: Vec<Changed>,
}

/// The store, as every handler holds it.
#[derive(Clone, Default)]
pub(super) struct SimStore {
    pub(super) memory: Arc<MemoryStore>,
    shared: Arc<Mutex<Shared>>,
}

impl SimStore {
    pub(super) fn set_now(&self, now: u64) {
        self.shared().now = now;
    }

    pub(super) fn restart(&self, down_until: u64) {
        self.memory.flush();
        self.shared().down_until = down_until;
    }

    /// Gives the turn to another handler and returns the one before.
    pub(super) fn swap_turn(&self, turn: Turn) -> Turn {
        std::mem::replace(&mut self.shared().turn, turn)
    }

    /// What has become of numbers since it was last asked.
    pub(super) fn take_changed(&self) -> Vec<Changed> {
        std::mem::take(&mut self.shared().changed)
    }

    fn changed(&self, key: &Key, change: Change) {
        let mut shared = self.shared();
        let call = shared.turn.call;
        shared.changed.push(Changed { key: key.clone(), call, change });
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the request reaches the store. Then: the store's time, and whether the outcome
    /// gets lost.
    async fn reach(&self) -> Result<(Timestamp, Option<Lost>), StoreError> {
        let mut waited = false;
        poll_fn(|_| {
            if waited {
                return Poll::Ready(());
            }
            waited = true;
            self.shared().turn.waits = true;
            Poll::Pending
        })
        .await;
        let mut shared = self.shared();
        shared.turn.operations += 1;
        if shared.now < shared.down_until {
            return Err(StoreError::Unavailable("it is down".into()));
        }
        let lost = shared.turn.fate.lose.filter(|(at, _)| *at == shared.turn.operations);
        Ok((Timestamp::from_millis(shared.now), lost.map(|(_, lost)| lost)))
    }

    async fn read<T>(
        &self,
        operation: impl AsyncFnOnce(Timestamp) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.reach().await? {
            (now, None) => operation(now).await,
            (_, Some(_)) => Err(StoreError::Unavailable("no reply".into())),
        }
    }

    async fn write<T>(
        &self,
        operation: impl AsyncFnOnce(Timestamp) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (now, lost) = self.reach().await?;
        if lost == Some(Lost::Request) {
            return Err(StoreError::Ambiguous("no reply".into()));
        }
        let result = operation(now).await;
        if lost == Some(Lost::Reply) {
            return Err(StoreError::Ambiguous("no reply".into()));
        }
        result
    }
}

impl Store for SimStore {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        _: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        self.read(async |now| self.memory.load(keys, now).await).await
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.write(async |now| self.memory.add(key, value, ttl, now).await).await
    }

    fn max_value_len(&self) -> usize {
        self.memory.max_value_len()
    }
}

impl TableStore for SimStore {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.write(async |now| self.memory.replace(key, version, value, ttl, now).await).await
    }
}

impl CounterStore for SimStore {
    async fn increment(&self, key: &Key, ttl: Duration, _: Timestamp) -> Result<u64, StoreError> {
        self.write(async |now| {
            let value = self.memory.increment(key, ttl, now).await?;
            self.changed(key, Change::Incremented(value));
            Ok(value)
        })
        .await
    }

    async fn decrement(&self, key: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        self.write(async |now| {
            let value = self.memory.decrement(key, now).await?;
            self.changed(key, Change::Decremented(value));
            Ok(value)
        })
        .await
    }

    async fn count(&self, key: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        self.read(async |now| self.memory.count(key, now).await).await
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, _: Timestamp) -> Result<(), StoreError> {
        self.write(async |now| self.memory.touch(keys, ttl, now).await).await
    }
}
