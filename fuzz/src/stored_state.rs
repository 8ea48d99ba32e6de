use std::sync::Arc;

use pollster::block_on;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    AdmissionRequest, LeaseLedger, LeaseSettings, Ledger, LedgerError, Observation,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::{Key, LONGEST_TTL, MemoryStore, Store, StoreError, Versioned};
use session_limit_core::time::Timestamp;

/// The version of the values that are written to a store today.
const VERSION: u8 = 1;

/// The times of the checks: one like those of the samples, and one at which no lease has expired
/// yet.
const TIMES: [Timestamp; 2] =
    [Timestamp::from_millis(1_700_000_000_000), Timestamp::from_millis(1)];

/// Checks the answer of a store for a lease table or for a session record: these bytes, and a body
/// of these bytes behind the right version and checksum.
///
/// A table that can be read can be written and read again. A damaged item is reported and replaced.
/// An item of a newer version is an error and left alone.
pub fn stored_state(bytes: &[u8]) {
    for now in TIMES {
        for item in [bytes.to_owned(), with_checksum(bytes)] {
            let is_newer = item.first().is_some_and(|version| *version > VERSION);
            check_table(&item, is_newer, now);
            check_record(&item, is_newer, now);
        }
    }
}

fn with_checksum(body: &[u8]) -> Vec<u8> {
    [&[VERSION], &crc32fast::hash(body).to_le_bytes()[..], body].concat()
}

fn check_table(item: &[u8], is_newer: bool, now: Timestamp) {
    let desk = || Desk::with(Key::table(&server(), &user()), item, now);
    let read = desk().table();
    if let Ok(table) = &read {
        assert_eq!(table.reservations().iter().count(), table.reservations().len());
        assert_eq!(table.sessions().iter().count(), table.sessions().len());
        assert_eq!(table.tombstones().iter().count(), table.tombstones().len());
        let body = postcard::to_allocvec(table).expect("a table is written");
        let again = Desk::with(Key::table(&server(), &user()), &with_checksum(&body), now);
        assert_eq!(again.table().as_ref(), Ok(table));
    }
    let unavailable = matches!(read, Err(LedgerError::Store(StoreError::Unavailable(_))));
    assert_eq!(unavailable, is_newer);

    let admitting = desk();
    let admitted = block_on(admitting.ledger.admit(&request(), now));
    assert_eq!(admitted.is_err(), is_newer);
    assert!(admitted.is_err() || admitted.is_ok_and(|a| a.report.damaged == read.is_err()));
    assert!(!is_newer || admitting.is_untouched());

    for kind in KINDS {
        let desk = desk();
        let Some(observed) = desk.observe(kind, Some(user()), is_newer) else { continue };
        assert_eq!(observed.report.damaged, read.is_err());
        let table = desk.table();
        let holds = |table: Table| table.sessions().iter().any(|held| held.id == session());
        assert!(kind != EventKind::Ended || table.is_ok_and(|table| !holds(table)));
    }
}

fn check_record(item: &[u8], is_newer: bool, now: Timestamp) {
    for kind in KINDS {
        for user in [Some(user()), None] {
            let desk = Desk::with(Key::session(&server(), &session()), item, now);
            // The start of a session that names nobody concerns nothing.
            if user.is_some() || !matches!(kind, EventKind::Connected { .. }) {
                desk.observe(kind, user, is_newer);
            }
        }
    }
}

const KINDS: [EventKind; 3] =
    [EventKind::connected(None, None), EventKind::Activity, EventKind::Ended];

fn server() -> ServerId {
    ServerId::new("s-1").expect("it is a server id")
}

fn user() -> UserName {
    UserName::new("alice").expect("it is a user name")
}

/// The session of the samples.
fn session() -> SessionId {
    SessionId::new("9ca9a0e1cec6ad9d").expect("it is a session id")
}

fn request() -> AdmissionRequest {
    AdmissionRequest::new(
        server(),
        user(),
        SessionLimit::new(3),
        Token::new("request").expect("it is a token"),
    )
}

/// A ledger over a store that holds one item.
struct Desk {
    store: Arc<MemoryStore>,
    ledger: LeaseLedger<Arc<MemoryStore>>,
    key: Key,
    before: Option<Versioned<u64>>,
    now: Timestamp,
}

impl Desk {
    fn with(key: Key, item: &[u8], now: Timestamp) -> Self {
        let store = Arc::new(MemoryStore::new());
        block_on(store.add(&key, item, LONGEST_TTL, now)).expect("memory takes it");
        let ledger = LeaseLedger::new(store.clone(), LeaseSettings::default());
        let mut desk = Self { store, ledger, key, before: None, now };
        desk.before = desk.stored();
        desk
    }

    fn stored(&self) -> Option<Versioned<u64>> {
        let found = block_on(self.store.load(std::slice::from_ref(&self.key), self.now));
        found.expect("memory answers").remove(0)
    }

    fn is_untouched(&self) -> bool {
        self.stored() == self.before
    }

    fn table(&self) -> Result<Table, LedgerError> {
        block_on(self.ledger.table(&server(), &user(), self.now)).map(Option::unwrap_or_default)
    }

    /// Tells the ledger of an event. Only an item of a newer version may be in the way.
    fn observe(
        &self,
        kind: EventKind,
        user: Option<UserName>,
        is_newer: bool,
    ) -> Option<Observation> {
        let (server, session) = (server(), session());
        let event = SessionEvent { server, session, user, at: self.now, kind };
        let observed = block_on(self.ledger.observe(&event, self.now));
        assert_eq!(observed.is_err(), is_newer, "{observed:?}");
        assert!(!is_newer || self.is_untouched());
        observed.ok()
    }
}
