//! A store that stops before and after every operation, so that a schedule can let others run,
//! drop the caller there, or have the operation fail.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, MemoryStore, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

/// The fault of one operation of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It never reaches the store.
    Unavailable,
    /// It reaches the store, but the reply is lost.
    ReplyLost,
    /// A request of unknown outcome that never reached the store.
    RequestLost,
}

/// One actor's view of the shared store.
#[derive(Clone)]
pub struct Stepped {
    pub store: Arc<MemoryStore>,
    /// Successful writes of all actors, and items that expired while one was changing them.
    pub all_writes: Arc<AtomicU32>,
    /// Successful writes of this actor.
    pub own_writes: Arc<AtomicU32>,
    operations: Arc<AtomicU32>,
    /// The operations of this actor that fail, by their numbers, and the fault of each.
    pub faults: Vec<(u32, Fault)>,
}

impl Stepped {
    pub fn new(
        store: Arc<MemoryStore>,
        all_writes: Arc<AtomicU32>,
        faults: impl IntoIterator<Item = (u32, Fault)>,
    ) -> Self {
        let (own_writes, operations) = Default::default();
        Self { store, all_writes, own_writes, operations, faults: faults.into_iter().collect() }
    }

    fn next_fault(&self) -> Option<Fault> {
        let number = self.operations.fetch_add(1, Ordering::Relaxed);
        self.faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault)
    }

    async fn read<T>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        pause().await;
        if self.next_fault().is_some() {
            return Err(StoreError::Unavailable("fault".into()));
        }
        let result = operation.await;
        pause().await;
        result
    }

    async fn write<T>(
        &self,
        operation: impl Future<Output = Result<T, StoreError>>,
        written: impl Fn(&T) -> bool,
    ) -> Result<T, StoreError> {
        pause().await;
        let fault = self.next_fault();
        match fault {
            Some(Fault::Unavailable) => return Err(StoreError::Unavailable("fault".into())),
            Some(Fault::RequestLost) => return Err(StoreError::Ambiguous("fault".into())),
            Some(Fault::ReplyLost) | None => {}
        }
        let result = operation.await;
        if result.as_ref().is_ok_and(written) {
            self.all_writes.fetch_add(1, Ordering::Relaxed);
            self.own_writes.fetch_add(1, Ordering::Relaxed);
        }
        pause().await;
        if fault.is_some() { Err(StoreError::Ambiguous("fault".into())) } else { result }
    }
}

/// The result of a future that waits for nothing but its turn.
pub fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
    }
}

/// Lets others run once.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        Poll::Pending
    })
    .await;
}

fn done(write: &Write) -> bool {
    *write == Write::Done
}

impl Store for Stepped {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        // Each key on its own: a load of several keys is not one atomic step.
        let mut items = Vec::new();
        for key in keys {
            items.extend(self.read(self.store.load(std::slice::from_ref(key), now)).await?);
        }
        Ok(items)
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.write(self.store.add(key, value, ttl, now), done).await
    }

    fn max_value_len(&self) -> usize {
        self.store.max_value_len()
    }
}

impl TableStore for Stepped {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let replaced = async {
            let written = self.store.replace(key, version, value, ttl, now).await?;
            if written == Write::Conflict
                && self.store.load(std::slice::from_ref(key), now).await? == [None]
            {
                self.all_writes.fetch_add(1, Ordering::Relaxed); // it expired, which is a change too
            }
            Ok(written)
        };
        self.write(replaced, done).await
    }
}

impl CounterStore for Stepped {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        self.write(self.store.increment(key, ttl, now), |_| true).await
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.write(self.store.decrement(key, now), |_| true).await
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.read(self.store.count(key, now)).await
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.write(self.store.touch(keys, ttl, now), |()| true).await
    }
}
