//! Logins of which nobody knows whether they hold a slot.

use std::sync::atomic::{AtomicBool, Ordering};

use session_limit_core::ledger::{CounterLedger, CounterSettings, KeyPhase};
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{CounterStore, Key, Store, TableStore, Versioned, Write};

use super::*;

/// A store that does what it is asked, loses the answer to the first write, and then is away, if it
/// does not come back.
struct Losing {
    memory: MemoryStore,
    loses: bool,
    comes_back: bool,
    is_away: AtomicBool,
}

impl Losing {
    fn new(loses: bool, comes_back: bool) -> Arc<Self> {
        Arc::new(Self {
            memory: MemoryStore::new(),
            loses,
            comes_back,
            is_away: AtomicBool::new(!loses),
        })
    }

    fn check(&self) -> Result<(), StoreError> {
        let is_away = self.is_away.load(Ordering::SeqCst);
        if is_away { Err(StoreError::Unavailable("away".into())) } else { Ok(()) }
    }

    fn written<T>(&self, written: T) -> Result<T, StoreError> {
        if !self.loses {
            return Ok(written);
        }
        self.is_away.store(!self.comes_back, Ordering::SeqCst);
        Err(StoreError::Ambiguous("lost".into()))
    }
}

impl Store for Losing {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        self.check()?;
        self.memory.load(keys, now).await
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check()?;
        self.written(self.memory.add(key, value, ttl, now).await?)
    }

    fn max_value_len(&self) -> usize {
        self.memory.max_value_len()
    }
}

impl TableStore for Losing {
    async fn replace(
        &self,
        _: &Key,
        _: &u64,
        _: &[u8],
        _: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check()?;
        panic!("a first login replaces nothing")
    }
}

impl CounterStore for Losing {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        self.check()?;
        self.written(self.memory.increment(key, ttl, now).await?)
    }

    async fn decrement(&self, _: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        panic!("nothing is taken back that may not be there")
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.check()?;
        self.memory.count(key, now).await
    }

    async fn touch(&self, _: &[Key], _: Duration, _: Timestamp) -> Result<(), StoreError> {
        panic!("a login touches nothing")
    }
}

/// The log line and the metrics of a login by `ledger`.
fn told_by(ledger: impl Ledger) -> (Value, Value) {
    let mut counted = Value::Null;
    let logged = logged("info", || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (handler, lines) = handler(ledger, &settings(OnStoreFailure::Refuse));
            let answer = handler.answer(login(MARKER).as_bytes(), &invocation("a")).await;
            assert_eq!(answer, Response::Refused);
            counted = lines.lock().unwrap().remove(0);
        });
    });
    (logged[0].clone(), counted)
}

fn counter(store: Arc<Losing>) -> CounterLedger<Arc<Losing>> {
    let ttl = Duration::from_secs(3_600);
    let (key_phase, methods) = (KeyPhase::Auto, ServerMethods::default());
    CounterLedger::new(
        store,
        CounterSettings::new(ttl).with_key_phase(key_phase).with_methods(methods),
    )
    .unwrap()
}

#[track_caller]
fn assert_leaked((logged, counted): &(Value, Value), leaked: bool) {
    let (flag, count) = if leaked { (json!(true), json!(1)) } else { (Value::Null, Value::Null) };
    assert_eq!((&logged["leaked"], &counted["SlotsLeaked"]), (&flag, &count), "{logged}");
    assert_eq!(logged["reason"], "store_unavailable");
    let said = logged["store_failure"].as_str().unwrap();
    assert_eq!(said.contains("did not confirm a write"), leaked, "{said}");
}

/// The write is not confirmed, and neither is there anybody who tells what became of it, nor who
/// takes it back.
#[test]
fn a_slot_that_may_be_taken_is_said_to_leak() {
    let lease = |store| LeaseLedger::new(store, LeaseSettings::default());
    assert_leaked(&told_by(lease(Losing::new(true, false))), true);
    assert_leaked(&told_by(counter(Losing::new(true, false))), true);
    // Whoever looks into a number does not see whether a login is in it.
    assert_leaked(&told_by(counter(Losing::new(true, true))), true);
}

#[test]
fn a_login_that_wrote_nothing_is_not_said_to_leak() {
    assert_leaked(
        &told_by(LeaseLedger::new(Losing::new(false, false), LeaseSettings::default())),
        false,
    );
    assert_leaked(&told_by(counter(Losing::new(false, false))), false);
}
