//! The questions of a login to its store while others change the same table.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pollster::block_on;
use session_limit_core::ledger::{Admission, LeaseLedger, LeaseSettings, Ledger, Verdict};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::{
    Key, MemoryStore, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, START};

/// A store on which a rival is quicker so many times.
struct Contended {
    rival: Mutex<Desk>,
    quicker: AtomicU32,
    asked: Mutex<Vec<&'static str>>,
}

impl Contended {
    fn note(&self, asked: &'static str) {
        self.asked.lock().unwrap().push(asked);
    }

    fn let_rival_be_quicker(&self) {
        let less = |left: u32| left.checked_sub(1);
        if self.quicker.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            assert!(self.rival.lock().unwrap().admit(Phase::Password, [192, 0, 2, 1], 100, START));
        }
    }

    fn memory(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.rival.lock().unwrap().store)
    }
}

impl Store for Contended {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        self.note("load");
        self.memory().load(keys, now).await
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.note("add");
        self.let_rival_be_quicker();
        self.memory().add(key, value, ttl, now).await
    }

    fn max_value_len(&self) -> usize {
        self.memory().max_value_len()
    }
}

impl TableStore for Contended {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.note("replace");
        self.let_rival_be_quicker();
        self.memory().replace(key, version, value, ttl, now).await
    }

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Swap<u64>, StoreError> {
        self.note("replace or load");
        self.let_rival_be_quicker();
        self.memory().replace_or_load(key, version, value, ttl, now).await
    }
}

/// Admits a login of a user with `known` leases against so many rivals. Returns the admission, and
/// the questions to the store.
fn admit(known: u32, rivals: u32, limit: u32) -> (Admission, Vec<&'static str>) {
    let mut desk = Desk::new(Default::default(), AuthenticationMethods::Password);
    for _ in 0..known {
        assert!(desk.admit(Phase::Password, [192, 0, 2, 1], 100, START));
    }
    let mut request = desk.request(Phase::Password, [192, 0, 2, 2], limit);
    request.token = "mine".parse().unwrap();
    let (rival, quicker) = (Mutex::new(desk), AtomicU32::new(rivals));
    let store = Arc::new(Contended { rival, quicker, asked: Mutex::default() });
    let ledger = LeaseLedger::new(Arc::clone(&store), LeaseSettings::default());
    let admission = block_on(ledger.admit(&request, START)).unwrap();
    let asked = store.asked.lock().unwrap().clone();
    (admission, asked)
}

#[test]
fn without_rivals_nothing_is_read_in_vain() {
    assert_eq!(admit(0, 0, 9).1, ["load", "add"]);
    assert_eq!(admit(1, 0, 9).1, ["load", "replace"]);
}

#[test]
fn who_has_lost_once_takes_one_round_trip_for_each_attempt() {
    let again = "replace or load";
    let (admission, asked) = admit(1, 3, 9);
    assert_eq!(asked, ["load", "replace", "load", again, again, again]);
    assert_eq!((admission.verdict, admission.counted), (Verdict::Admitted, 5));
    assert_eq!(admission.report.attempts, 4);
    let (admission, asked) = admit(0, 2, 9);
    assert_eq!(asked, ["load", "add", "load", again, again]);
    assert_eq!((admission.verdict, admission.counted), (Verdict::Admitted, 3));
}

/// The value that a failed swap has found decides, and a refusal writes nothing.
#[test]
fn who_is_overtaken_up_to_the_limit_is_refused() {
    let (admission, asked) = admit(1, 3, 3);
    assert_eq!(asked, ["load", "replace", "load", "replace or load"]);
    assert_eq!((admission.verdict, admission.counted), (Verdict::Refused, 3));
}
