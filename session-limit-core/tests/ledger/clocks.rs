//! Hosts whose clocks are fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{
    KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes, Ledger, Verdict,
};
use session_limit_core::login::Phase::Password;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::{
    Key, MemoryStore, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected, seconds};

const RESERVATION_TTL: Duration = LeaseTimes::DEFAULT_RESERVATION_TTL;
const MOMENT: Duration = Duration::from_millis(1);

fn desk() -> Desk {
    Desk::new(KeyPhase::Strict, AuthenticationMethods::Password)
}

/// A store that goes by its own clock, and tells how long its items live on.
struct Clocked {
    memory: MemoryStore,
    now: AtomicU64,
}

impl Clocked {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }
}

impl Store for Clocked {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        _: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        let items = self.memory.load(keys, self.now()).await?;
        let told = keys.iter().zip(items).map(|(key, item)| {
            let remaining = self.memory.remaining(key, self.now());
            item.map(|item| Versioned { remaining, ..item })
        });
        Ok(told.collect())
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.memory.add(key, value, ttl, self.now()).await
    }

    fn max_value_len(&self) -> usize {
        self.memory.max_value_len()
    }
}

impl TableStore for Clocked {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.memory.replace(key, version, value, ttl, self.now()).await
    }
}

/// A host that is an hour ahead counts by its own clock, but drops nothing. The others still count
/// what they took, as long as it lasts and no longer.
#[test]
fn where_the_store_has_a_clock_a_fast_host_drops_nothing_that_others_need() {
    let store = Clocked { memory: MemoryStore::new(), now: AtomicU64::new(START.as_millis()) };
    let store = Arc::new(store);
    let ledger = LeaseLedger::new(store.clone(), LeaseSettings::default());
    let mut desk = desk(); // for its requests
    let mut admits = |now: Timestamp| {
        let request = desk.request(Password, HOME, 2);
        let admission = block_on(ledger.admit(&request, now)).unwrap();
        admission.verdict == Verdict::Admitted
    };
    assert!(admits(START));
    assert!(admits(START.after(seconds(3_600))), "it counts by its own clock");
    assert!(!admits(START), "the first still counts");
    let end = START.after(RESERVATION_TTL);
    for (now, is_admitted) in [(end.before(MOMENT), false), (end, true)] {
        store.now.store(now.as_millis(), Ordering::Relaxed);
        assert_eq!(admits(now), is_admitted, "{now}");
    }
}

/// The same of a session, and of the end of one.
#[test]
fn where_the_store_has_a_clock_a_fast_host_ends_no_session_of_the_others() {
    let store = Clocked { memory: MemoryStore::new(), now: AtomicU64::new(START.as_millis()) };
    let ledger = LeaseLedger::new(Arc::new(store), LeaseSettings::default());
    let mut desk = desk(); // for its requests
    let table =
        |desk: &Desk, now| block_on(ledger.table(&desk.server, &desk.user, now)).unwrap().unwrap();
    let observe = |desk: &Desk, session, kind| {
        block_on(ledger.observe(&desk.event(session, kind, START), START)).unwrap()
    };
    for session in ["ccc", "aaa", "bbb"] {
        observe(&desk, session, connected(false, HOME));
    }
    observe(&desk, "ddd", connected(false, HOME));
    observe(&desk, "ddd", EventKind::Ended);
    let before = table(&desk, START);
    assert_eq!((before.sessions().len(), before.tombstones().len()), (3, 1));

    let fast = START.after(LeaseTimes::DEFAULT_SESSION_TTL * 2);
    let request = desk.request(Password, HOME, 1);
    let admission = block_on(ledger.admit(&request, fast)).unwrap();
    assert_eq!((admission.verdict, admission.counted), (Verdict::Admitted, 1), "by its own clock");

    let after = table(&desk, START);
    assert_eq!(after.sessions(), before.sessions());
    assert_eq!(after.tombstones(), before.tombstones());
    assert_eq!(after.reservations().len(), 1);
}

/// A handler that stood still before it wrote keeps no slot longer than it is to last.
#[test]
fn a_write_that_comes_late_makes_nothing_last_longer() {
    let store = Clocked { memory: MemoryStore::new(), now: AtomicU64::new(START.as_millis()) };
    let store = Arc::new(store);
    let ledger = LeaseLedger::new(store.clone(), LeaseSettings::default());
    let mut desk = desk();
    let mut admits = |now: Timestamp| {
        let request = desk.request(Password, HOME, 1);
        let admission = block_on(ledger.admit(&request, now)).unwrap();
        admission.verdict == Verdict::Admitted
    };
    store.now.store(START.after(seconds(200)).as_millis(), Ordering::Relaxed);
    assert!(admits(START), "it asked 200 seconds before it wrote");
    let end = START.after(RESERVATION_TTL);
    store.now.store(end.as_millis(), Ordering::Relaxed);
    assert!(!admits(end.before(MOMENT)));
    assert!(admits(end));
}

/// One host has dropped the session, and another is slower and hears of its start again.
#[test]
fn a_start_repeated_when_its_session_is_gone_takes_nothing() {
    let s = seconds;
    let settings = LeaseSettings::default().with_times(LeaseTimes::new(s(60), s(60)).unwrap());
    let mut desk = Desk::of(Arc::default(), settings);
    let gone = START.after(s(60));
    desk.observe("aaa", connected(false, HOME), START, START);
    assert!(desk.admit(Password, HOME, 9, START.after(s(1))));
    let slow = gone.before(LeaseTimes::DEFAULT_SKEW);
    assert!(desk.admit(Password, HOME, 9, gone));
    desk.observe("aaa", connected(false, HOME), START, slow);
    assert_eq!(desk.open(slow).len(), 2);
}

/// Nothing bounds the time of the fast host there.
#[test]
fn where_the_store_has_no_clock_a_fast_host_does_not_count_the_reservations_of_others() {
    let mut desk = desk();
    assert!(desk.admit(Password, HOME, 1, START));
    assert!(desk.admit(Password, HOME, 1, START.after(RESERVATION_TTL)), "one too many");
}
