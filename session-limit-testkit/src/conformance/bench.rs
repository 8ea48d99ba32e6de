//! The store, the time and the keys of one case.

use std::collections::hash_map::RandomState;
use std::future::{Future, poll_fn};
use std::hash::BuildHasher;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use super::Subject;

/// A time to live that is longer than any case takes.
pub(super) const LONG: Duration = Duration::from_secs(3_600);

/// Number of handles on the items, each like that of another process.
pub(super) const HANDLES: usize = 4;

/// Number of threads that the tasks run on. There are several, so that tasks race even if the store
/// never waits.
const THREADS: usize = 8;

/// Number of items in the largest race.
const MOST_ITEMS: usize = 4_096;

pub(super) type VersionOf<S> = <<S as Subject>::Store as Store>::Version;

/// The tools of one case: handles on a store, keys that nobody else uses, and a clock.
pub struct Bench<'a, S: Subject> {
    subject: &'a S,
    handles: [S::Store; HANDLES],
    pub(super) server: ServerId,
    now: AtomicU64,
    names: AtomicU64,
}

impl<'a, S: Subject> Bench<'a, S> {
    /// Creates a bench with handles and keys of its own.
    pub fn new(subject: &'a S) -> Self {
        // A name that no other case and no other run has: a hash with random keys.
        let number = RandomState::new().hash_one(std::process::id());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Self {
            subject,
            handles: [(); HANDLES].map(|()| subject.run(subject.open())),
            server: ServerId::new(&format!("s-{number:016x}")).expect("a valid server id"),
            now: AtomicU64::new(u64::try_from(now).expect("a time that fits")),
            names: AtomicU64::new(0),
        }
    }

    pub(super) fn subject(&self) -> &S {
        self.subject
    }

    /// The handle for cases that need only one.
    pub(super) fn store(&self) -> &S::Store {
        &self.handles[0]
    }

    pub(super) fn handles(&self) -> &[S::Store] {
        &self.handles
    }

    /// A key that has not been used before.
    pub(super) fn key(&self) -> Key {
        Key::table(&self.server, &self.user())
    }

    /// The key of a session record that has not been used before.
    pub(super) fn session(&self) -> Key {
        let session =
            SessionId::new(&format!("{:08x}", self.number())).expect("a valid session id");
        Key::session(&self.server, &session)
    }

    /// The key of a counter that has not been used before.
    pub(super) fn counter(&self) -> Key {
        Key::counter(&self.server, &self.user())
    }

    fn user(&self) -> UserName {
        UserName::new(&format!("user-{}", self.number())).expect("a valid user name")
    }

    fn number(&self) -> u64 {
        self.names.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    /// A time to live so short that its end can be waited for.
    pub(super) fn short(&self) -> Duration {
        self.subject.grain() * 4
    }

    pub(super) fn pass(&self, time: Duration) {
        self.subject.pass_time(time);
        let millis = u64::try_from(time.as_millis()).expect("a time that fits");
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    /// Passes two grains. An item that lives for [`short`](Self::short) must still be there
    /// afterwards.
    pub(super) fn pass_half(&self) {
        self.pass(self.subject.grain() * 2);
    }

    /// Passes three grains. An item with half of [`short`](Self::short) left must be gone
    /// afterwards.
    pub(super) fn pass_rest(&self) {
        self.pass(self.subject.grain() * 3);
    }

    /// Holds `race` for one item, then for two, four and so on, all of them fresh.
    ///
    /// Luck decides whether two tasks meet in the moment that a flaw leaves open. The shorter that
    /// moment is, the more items have to be raced for, and the less time each takes.
    pub(super) fn repeat<I>(&self, item: impl Fn() -> I, race: impl Fn(&[I])) {
        let start = Instant::now();
        let mut items = 1;
        while items <= MOST_ITEMS && start.elapsed() < self.subject.effort() {
            race(&(0..items).map(|_| item()).collect::<Vec<_>>());
            items *= 2;
        }
    }

    /// Lets [many tasks](Subject::tasks) race for each of `items` in turn, over all handles and on
    /// several threads. Returns the results of the tasks for each item.
    ///
    /// The threads wait for each other only at the start. They stay together, because the first one
    /// at an item has the most to do there.
    pub(super) fn race<I: Sync, T: Send>(
        &self,
        items: &[I],
        task: impl AsyncFn(&S::Store, usize, &I) -> T + Sync,
    ) -> Vec<Vec<T>> {
        let (task, handles, start) = (&task, &self.handles, &Barrier::new(THREADS));
        let run_thread = move |thread: usize| {
            let run_tasks = |item| {
                let numbers = (thread..self.subject.tasks()).step_by(THREADS);
                all(numbers.map(move |number| task(&handles[number % HANDLES], number, item)))
            };
            start.wait();
            self.subject.run(async {
                let mut results = Vec::new();
                for item in items {
                    results.push(run_tasks(item).await);
                }
                results
            })
        };
        let mut of_items: Vec<_> = items.iter().map(|_| Vec::new()).collect();
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..THREADS).map(|number| scope.spawn(move || run_thread(number))).collect();
            for thread in threads {
                let results = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                of_items.iter_mut().zip(results).for_each(|(all, some)| all.extend(some));
            }
        });
        of_items
    }

    /// Checks that the store tells a remaining life of `expected`, or none.
    #[track_caller]
    pub(super) fn assert_remaining(
        &self,
        item: Option<Versioned<VersionOf<S>>>,
        expected: Duration,
    ) {
        let Some(remaining) = item.and_then(|item| item.remaining) else { return };
        let grain = self.subject.grain();
        let (least, most) = (expected.saturating_sub(grain * 2), expected + grain);
        let is_right = (least..=most).contains(&remaining);
        assert!(is_right, "{remaining:?} are said to be left, which are {expected:?}");
    }

    #[track_caller]
    fn run<T>(&self, what: &str, future: impl Future<Output = Result<T, StoreError>>) -> T {
        self.subject.run(future).unwrap_or_else(|error| panic!("{what} failed: {error}"))
    }

    #[track_caller]
    pub(super) fn load(&self, keys: &[Key]) -> Vec<Option<Versioned<VersionOf<S>>>> {
        self.run("load", self.store().load(keys, self.now()))
    }

    #[track_caller]
    pub(super) fn get(&self, key: &Key) -> Option<Versioned<VersionOf<S>>> {
        self.get_by(self.store(), key)
    }

    #[track_caller]
    pub(super) fn get_by(&self, store: &S::Store, key: &Key) -> Option<Versioned<VersionOf<S>>> {
        let mut items = self.run("load", store.load(std::slice::from_ref(key), self.now()));
        assert_eq!(items.len(), 1, "a load of one key answers with one item");
        items.remove(0)
    }

    #[track_caller]
    pub(super) fn value(&self, key: &Key) -> Option<Vec<u8>> {
        self.get(key).map(|item| item.value)
    }

    #[track_caller]
    pub(super) fn version(&self, key: &Key) -> VersionOf<S> {
        self.version_by(self.store(), key)
    }

    #[track_caller]
    pub(super) fn version_by(&self, store: &S::Store, key: &Key) -> VersionOf<S> {
        self.get_by(store, key).expect("the item is there").version
    }

    #[track_caller]
    pub(super) fn add(&self, key: &Key, value: &[u8]) -> Write {
        self.add_for(key, value, LONG)
    }

    #[track_caller]
    pub(super) fn add_for(&self, key: &Key, value: &[u8], ttl: Duration) -> Write {
        self.run("add", self.store().add(key, value, ttl, self.now()))
    }

    /// Adds an item where there is none.
    #[track_caller]
    pub(super) fn put(&self, key: &Key, value: &[u8], ttl: Duration) {
        assert_eq!(self.add_for(key, value, ttl), Write::Done, "nothing is there yet");
    }
}

impl<S: Subject<Store: TableStore>> Bench<'_, S> {
    #[track_caller]
    pub(super) fn replace(&self, key: &Key, version: &VersionOf<S>, value: &[u8]) -> Write {
        self.replace_for(key, version, value, LONG)
    }

    #[track_caller]
    pub(super) fn replace_for(
        &self,
        key: &Key,
        version: &VersionOf<S>,
        value: &[u8],
        ttl: Duration,
    ) -> Write {
        self.run("replace", self.store().replace(key, version, value, ttl, self.now()))
    }

    #[track_caller]
    pub(super) fn replace_or_load(
        &self,
        key: &Key,
        version: &VersionOf<S>,
        value: &[u8],
        ttl: Duration,
    ) -> Swap<VersionOf<S>> {
        let swap = self.store().replace_or_load(key, version, value, ttl, self.now());
        self.run("replace_or_load", swap)
    }
}

impl<S: Subject<Store: CounterStore>> Bench<'_, S> {
    #[track_caller]
    pub(super) fn increment(&self, key: &Key) -> u64 {
        self.increment_for(key, LONG)
    }

    #[track_caller]
    pub(super) fn increment_for(&self, key: &Key, ttl: Duration) -> u64 {
        self.run("increment", self.store().increment(key, ttl, self.now()))
    }

    #[track_caller]
    pub(super) fn decrement(&self, key: &Key) -> Option<u64> {
        self.run("decrement", self.store().decrement(key, self.now()))
    }

    #[track_caller]
    pub(super) fn count(&self, key: &Key) -> Option<u64> {
        self.run("count", self.store().count(key, self.now()))
    }

    #[track_caller]
    pub(super) fn touch(&self, key: &Key, ttl: Duration) {
        self.run("touch", self.store().touch(std::slice::from_ref(key), ttl, self.now()));
    }
}

/// Runs futures side by side until all are done.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
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
