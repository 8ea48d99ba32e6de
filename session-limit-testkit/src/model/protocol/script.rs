//! A store for a replay: it gives the recorded replies, and then tells what is asked of it next.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use session_limit_core::store::{Key, Store, StoreError, TableStore, Versioned, Write};
use session_limit_core::time::Timestamp;

/// The bytes of an item, shared by all states in which they are the same.
pub(super) type Bytes = Arc<[u8]>;

/// A request of a handler to the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Request {
    Load(Key),
    Add {
        key: Key,
        value: Bytes,
        ttl: Duration,
    },
    /// A swap. `is_fresh` is true if the version it goes by is still the item's.
    Replace {
        key: Key,
        is_fresh: bool,
        value: Bytes,
        ttl: Duration,
    },
}

/// An answer of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reply {
    /// An item that was read. `is_fresh` is true if its version is still the item's; nothing else
    /// about versions matters.
    Loaded {
        key: Key,
        value: Option<Bytes>,
        is_fresh: bool,
    },
    Done,
    Conflict,
    /// No answer. Nobody can tell whether the request was carried out or will be.
    Ambiguous,
}

/// The next thing that a handler does after the replies it has had.
pub(super) enum Next<T> {
    Asks(Request),
    Returns(T),
}

/// Runs a handler from its start through `replies`.
pub(super) fn replay<T, F>(replies: &[Reply], handler: impl FnOnce(Script) -> F) -> Next<T>
where
    F: Future<Output = T>,
{
    let script = Script::default();
    script.lines().replies = replies.iter().rev().cloned().collect();
    let mut future = pin!(handler(script.clone()));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Next::Returns(output),
        Poll::Pending => Next::Asks(script.lines().asked.take().expect("it waits for a reply")),
    }
}

/// The store that a replayed handler talks to.
#[derive(Clone, Default)]
pub(super) struct Script {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    /// The replies that are left, the next one last.
    replies: Vec<Reply>,
    asked: Option<Request>,
}

impl Script {
    fn lines(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, request: Request) -> Reply {
        let mut request = Some(request);
        poll_fn(|_| {
            let mut lines = self.lines();
            if let Some(reply) = lines.replies.pop() {
                return Poll::Ready(reply);
            }
            lines.asked = request.take();
            Poll::Pending
        })
        .await
    }

    async fn write(&self, request: Request) -> Result<Write, StoreError> {
        match self.ask(request).await {
            Reply::Done => Ok(Write::Done),
            Reply::Conflict => Ok(Write::Conflict),
            Reply::Ambiguous => Err(StoreError::Ambiguous("a lost reply".into())),
            Reply::Loaded { .. } => panic!("a handler behaves differently when it is run anew"),
        }
    }
}

impl Store for Script {
    type Version = bool;

    async fn load(
        &self,
        keys: &[Key],
        _: Timestamp,
    ) -> Result<Vec<Option<Versioned<bool>>>, StoreError> {
        // Each key on its own: a load of several keys is not one atomic step.
        let mut items = Vec::new();
        for key in keys {
            let Reply::Loaded { value, is_fresh, .. } = self.ask(Request::Load(key.clone())).await
            else {
                panic!("a handler behaves differently when it is run anew");
            };
            items.push(value.map(|value| Versioned {
                value: value.to_vec(),
                version: is_fresh,
                remaining: None,
            }));
        }
        Ok(items)
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.write(Request::Add { key: key.clone(), value: value.into(), ttl }).await
    }

    /// A size so small that tombstones have to be dropped to make room for others.
    fn max_value_len(&self) -> usize {
        16_384
    }
}

impl TableStore for Script {
    async fn replace(
        &self,
        key: &Key,
        version: &bool,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        let (key, value, is_fresh) = (key.clone(), value.into(), *version);
        self.write(Request::Replace { key, is_fresh, value, ttl }).await
    }
}
