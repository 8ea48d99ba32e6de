//! Hosts whose clocks are fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pollster::block_on;
use session_limit_core::ledger::{
    KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes, Ledger, Verdict,
};
use session_limit_core::login::Phase::Password;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::{
    Key, MemoryStore, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, seconds};

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

/// From both sides: what still holds by the store's clock stays, and what does not goes.
#[test]
fn where_the_store_has_a_clock_a_fast_host_drops_nothing_too_early() {
    let store = Clocked { memory: MemoryStore::new(), now: AtomicU64::new(START.as_millis()) };
    let store = Arc::new(store);
    let ledger = LeaseLedger::new(store.clone(), LeaseSettings::default());
    let mut desk = desk(); // for its requests
    let mut admits = |now: Timestamp| {
        let request = desk.request(Password, HOME, 1);
        let admission = block_on(ledger.admit(&request, now)).unwrap();
        admission.verdict == Verdict::Admitted
    };
    assert!(admits(START));
    let fast = seconds(3_600);
    let slack = LeaseTimes::DEFAULT_SKEW + seconds(1);
    let end = RESERVATION_TTL - slack;
    for (passed, is_admitted) in [(end - MOMENT, false), (end, true)] {
        let now = START.after(passed);
        store.now.store(now.as_millis(), Ordering::Relaxed);
        assert_eq!(admits(now.after(fast)), is_admitted, "after {passed:?}");
    }
    // A host that is right goes by its own clock.
    assert!(!admits(START.after(end)));
}

/// Where the store has no clock, nothing bounds it.
#[test]
fn where_the_store_has_no_clock_a_fast_host_drops_the_reservations_of_others() {
    let mut desk = desk();
    assert!(desk.admit(Password, HOME, 1, START));
    assert!(desk.admit(Password, HOME, 1, START.after(RESERVATION_TTL)), "one too many");
}
