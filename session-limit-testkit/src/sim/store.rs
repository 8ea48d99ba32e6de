//! The store of a simulated world: it takes time, can be down, and loses requests and replies.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, MemoryStore, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use super::ledger::ready;

/// The fate of one handler.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    /// The turn, counted from 1, in place of which it crashes.
    pub(super) crash_at: Option<u32>,
    /// The operation whose outcome it never learns.
    pub(super) lose: Option<(u32, Lost)>,
    /// The turn, counted from 1, before which it stands still, and for how many milliseconds.
    pub(super) stall: Option<(u32, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    Request,
    Reply,
    /// The request arrives, but so many milliseconds after it was given up.
    Late(u64),
}

/// The handler whose turn it is.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) fate: Fate,
    /// Operations of this handler so far.
    pub(super) operations: u32,
    /// True if it waits for the store.
    pub(super) waits: bool,
    /// The call it works for.
    pub(super) call: usize,
}

/// A change of a number in the store, or a look at it.
pub(super) struct Changed {
    pub(super) key: Key,
    /// The call whose handler did it.
    pub(super) call: usize,
    pub(super) change: Change,
}

/// The number after a change.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Incremented(u64),
    Decremented(Option<u64>),
    /// The number that was found. Nobody is told when a number expires: the next look finds that it
    /// has.
    Counted(Option<u64>),
}

#[derive(Default)]
struct Shared {
    now: u64,
    down_until: u64,
    turn: Turn,
    changed: Vec<Changed>,
    /// Writes that were given up and are still on their way, with the time of arrival and the call.
    late: Vec<(u64, usize, Request)>,
}

/// A write.
enum Request {
    Add(Key, Vec<u8>, Duration),
    Replace(Key, u64, Vec<u8>, Duration),
    Increment(Key, Duration),
    Decrement(Key),
    Touch(Vec<Key>, Duration),
}

/// The store's answer to a write.
enum Reply {
    Write(Write),
    Number(Option<u64>),
    Nothing,
}

/// The store, as every handler holds it.
#[derive(Clone, Default)]
pub(super) struct SimStore {
    pub(super) memory: Arc<MemoryStore>,
    shared: Arc<Mutex<Shared>>,
}

impl SimStore {
    pub(super) fn set_now(&self, now: u64) {
        let mut shared = self.shared();
        shared.now = now;
        if shared.late.is_empty() {
            return;
        }
        let arrived: Vec<_> = shared.late.extract_if(.., |(due, ..)| *due <= now).collect();
        drop(shared);
        for (due, call, request) in arrived {
            // Nobody waits for the answer.
            let _ = self.perform(&request, call, Timestamp::from_millis(due));
        }
    }

    pub(super) fn restart(&self, down_until: u64) {
        self.memory.flush();
        let mut shared = self.shared();
        shared.down_until = down_until;
        shared.late.clear();
    }

    /// Gives the turn to another handler and returns the one before.
    pub(super) fn swap_turn(&self, turn: Turn) -> Turn {
        std::mem::replace(&mut self.shared().turn, turn)
    }

    /// The changes of numbers since the last call of this method.
    pub(super) fn take_changed(&self) -> Vec<Changed> {
        std::mem::take(&mut self.shared().changed)
    }

    fn perform(&self, request: &Request, call: usize, now: Timestamp) -> Result<Reply, StoreError> {
        let memory = &self.memory;
        let changed = |key: &Key, change| {
            self.shared().changed.push(Changed { key: key.clone(), call, change });
        };
        Ok(match request {
            Request::Add(key, value, ttl) => {
                Reply::Write(ready(memory.add(key, value, *ttl, now))?)
            }
            Request::Replace(key, version, value, ttl) => {
                Reply::Write(ready(memory.replace(key, version, value, *ttl, now))?)
            }
            Request::Increment(key, ttl) => {
                let value = ready(memory.increment(key, *ttl, now))?;
                changed(key, Change::Incremented(value));
                Reply::Number(Some(value))
            }
            Request::Decrement(key) => {
                let value = ready(memory.decrement(key, now))?;
                changed(key, Change::Decremented(value));
                Reply::Number(value)
            }
            Request::Touch(keys, ttl) => {
                ready(memory.touch(keys, *ttl, now))?;
                Reply::Nothing
            }
        })
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the request reaches the store. Returns the store's time, and how the outcome
    /// gets lost if it does.
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

    async fn write(&self, request: Request) -> Result<Reply, StoreError> {
        let (now, lost) = self.reach().await?;
        let call = self.shared().turn.call;
        let unconfirmed = || Err(StoreError::Ambiguous("no reply".into()));
        match lost {
            None => self.perform(&request, call, now),
            Some(Lost::Request) => unconfirmed(),
            Some(Lost::Reply) => {
                self.perform(&request, call, now)?;
                unconfirmed()
            }
            Some(Lost::Late(pause)) => {
                self.shared().late.push((now.as_millis() + pause, call, request));
                unconfirmed()
            }
        }
    }

    async fn conditional(&self, request: Request) -> Result<Write, StoreError> {
        match self.write(request).await? {
            Reply::Write(write) => Ok(write),
            _ => unreachable!("a conditional write tells whether it was done"),
        }
    }

    async fn number(&self, request: Request) -> Result<Option<u64>, StoreError> {
        match self.write(request).await? {
            Reply::Number(number) => Ok(number),
            _ => unreachable!("arithmetic tells a number"),
        }
    }
}

/// Rounds up, as a server does whose clock ticks once a second.
fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}

impl Store for SimStore {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        _: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        let tell_remaining = |now| {
            move |(key, item): (&Key, Option<Versioned<u64>>)| {
                let remaining = self.memory.remaining(key, now).map(whole_seconds);
                item.map(|item| Versioned { remaining, ..item })
            }
        };
        self.read(async |now| {
            let items = self.memory.load(keys, now).await?;
            Ok(keys.iter().zip(items).map(tell_remaining(now)).collect())
        })
        .await
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.conditional(Request::Add(key.clone(), value.to_vec(), ttl)).await
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
        self.conditional(Request::Replace(key.clone(), *version, value.to_vec(), ttl)).await
    }
}

impl CounterStore for SimStore {
    async fn increment(&self, key: &Key, ttl: Duration, _: Timestamp) -> Result<u64, StoreError> {
        let number = self.number(Request::Increment(key.clone(), ttl)).await?;
        Ok(number.expect("what was incremented is there"))
    }

    async fn decrement(&self, key: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        self.number(Request::Decrement(key.clone())).await
    }

    async fn count(&self, key: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        let value = self.read(async |now| self.memory.count(key, now).await).await?;
        let mut shared = self.shared();
        let call = shared.turn.call;
        let change = Change::Counted(value);
        shared.changed.push(Changed { key: key.clone(), call, change });
        Ok(value)
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, _: Timestamp) -> Result<(), StoreError> {
        self.write(Request::Touch(keys.to_vec(), ttl)).await.map(|_| ())
    }
}
