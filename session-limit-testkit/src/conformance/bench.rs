//! One case's store, its time and its keys.

use std::collections::hash_map::RandomState;
use std::future::{Future, poll_fn};
use std::hash::BuildHasher;
use std::pin::Pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use super::Subject;

/// Longer than any case takes.
pub(super) const LONG: Duration = Duration::from_secs(3_600);

/// Threads that race.
const THREADS: usize = 8;

type VersionOf<S> = <<S as Subject>::Store as Store>::Version;

/// What a case works with: a store, keys that nobody else uses, and a clock.
pub struct Bench<'a, S: Subject> {
    subject: &'a S,
    pub(super) store: S::Store,
    pub(super) server: ServerId,
    now: AtomicU64,
    users: AtomicU64,
}

impl<'a, S: Subject> Bench<'a, S> {
    /// A bench with a fresh store.
    pub fn new(subject: &'a S) -> Self {
        // A name that no other case and no other run has: a hash with random keys.
        let number = RandomState::new().hash_one(std::process::id());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Self {
            subject,
            store: subject.run(subject.fresh()),
            server: ServerId::new(&format!("s-{number:016x}")).expect("a valid server id"),
            now: AtomicU64::new(u64::try_from(now).expect("a time that fits")),
            users: AtomicU64::new(0),
        }
    }

    pub(super) fn subject(&self) -> &S {
        self.subject
    }

    /// A key that has not been used before.
    pub(super) fn key(&self) -> Key {
        Key::table(&self.server, &self.user())
    }

    /// The key of a counter that has not been used before.
    pub(super) fn counter(&self) -> Key {
        Key::counter(&self.server, &self.user())
    }

    fn user(&self) -> UserName {
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        UserName::new(&format!("user-{number}")).expect("a valid user name")
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    /// A time to live that can be waited out.
    pub(super) fn short(&self) -> Duration {
        self.subject.grain() * 4
    }

    pub(super) fn pass(&self, time: Duration) {
        self.subject.pass_time(time);
        let millis = u64::try_from(time.as_millis()).expect("a time that fits");
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    /// Passes time until what lives for [`short`](Self::short) must still be there.
    pub(super) fn pass_half(&self) {
        self.pass(self.subject.grain() * 2);
    }

    /// Passes time until what had half of [`short`](Self::short) left must be gone.
    pub(super) fn pass_rest(&self) {
        self.pass(self.subject.grain() * 3);
    }

    /// Runs `tasks` tasks at once, on several threads, and returns what they returned.
    pub(super) fn race<T, F>(&self, tasks: usize, task: impl Fn(usize) -> F + Sync) -> Vec<T>
    where
        T: Send,
        F: Future<Output = T>,
    {
        let start = Barrier::new(THREADS);
        let run = |thread: usize| {
            let futures = (thread..tasks).step_by(THREADS).map(&task).collect();
            start.wait();
            self.subject.run(all(futures))
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..THREADS).map(|thread| scope.spawn(move || run(thread))).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<T>>| match thread.join() {
                Ok(results) => results,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            threads.into_iter().flat_map(join).collect()
        })
    }

    fn run<T>(&self, what: &str, future: impl Future<Output = Result<T, StoreError>>) -> T {
        self.subject.run(future).unwrap_or_else(|error| panic!("{what} failed: {error}"))
    }

    pub(super) fn load(&self, keys: &[Key]) -> Vec<Option<Versioned<VersionOf<S>>>> {
        self.run("load", self.store.load(keys, self.now()))
    }

    pub(super) fn get(&self, key: &Key) -> Option<Versioned<VersionOf<S>>> {
        let mut items = self.load(std::slice::from_ref(key));
        assert_eq!(items.len(), 1, "a load of one key answers with one item");
        items.remove(0)
    }

    pub(super) fn value(&self, key: &Key) -> Option<Vec<u8>> {
        self.get(key).map(|item| item.value)
    }

    pub(super) fn version(&self, key: &Key) -> VersionOf<S> {
        self.get(key).expect("the item is there").version
    }

    pub(super) fn add(&self, key: &Key, value: &[u8]) -> Write {
        self.add_for(key, value, LONG)
    }

    pub(super) fn add_for(&self, key: &Key, value: &[u8], ttl: Duration) -> Write {
        self.run("add", self.store.add(key, value, ttl, self.now()))
    }

    /// Adds an item where there is none.
    pub(super) fn put(&self, key: &Key, value: &[u8], ttl: Duration) {
        assert_eq!(self.add_for(key, value, ttl), Write::Done, "nothing is there yet");
    }
}

impl<S: Subject<Store: TableStore>> Bench<'_, S> {
    pub(super) fn replace(&self, key: &Key, version: &VersionOf<S>, value: &[u8]) -> Write {
        self.replace_for(key, version, value, LONG)
    }

    pub(super) fn replace_for(
        &self,
        key: &Key,
        version: &VersionOf<S>,
        value: &[u8],
        ttl: Duration,
    ) -> Write {
        self.run("replace", self.store.replace(key, version, value, ttl, self.now()))
    }
}

impl<S: Subject<Store: CounterStore>> Bench<'_, S> {
    pub(super) fn increment(&self, key: &Key) -> u64 {
        self.increment_for(key, LONG)
    }

    pub(super) fn increment_for(&self, key: &Key, ttl: Duration) -> u64 {
        self.run("increment", self.store.increment(key, ttl, self.now()))
    }

    pub(super) fn decrement(&self, key: &Key) -> Option<u64> {
        self.run("decrement", self.store.decrement(key, self.now()))
    }

    pub(super) fn count(&self, key: &Key) -> Option<u64> {
        self.run("count", self.store.count(key, self.now()))
    }

    pub(super) fn touch(&self, keys: &[Key], ttl: Duration) {
        self.run("touch", self.store.touch(keys, ttl, self.now()));
    }
}

/// Runs futures side by side until all are done.
async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            Poll::Ready(output) => {
                done.push(output);
                false
            }
            Poll::Pending => true,
        });
        if waiting.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done
}

/// Lets other tasks and threads run.
pub(super) async fn let_others_run() {
    std::thread::yield_now();
    let mut has_waited = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
