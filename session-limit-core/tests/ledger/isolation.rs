//! The items that an operation touches: those of the names it bears, and nobody else's.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pollster::block_on;
use proptest::prelude::*;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{
    AdmissionRequest, Admitted, CounterLedger, CounterSettings, LeaseLedger, LeaseSettings, Ledger,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::{
    CounterStore, Key, MemoryStore, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use crate::desk::{START, connected, seconds};

/// A store that remembers which keys it was asked for.
#[derive(Clone, Default)]
struct Watched {
    store: Arc<MemoryStore>,
    touched: Arc<Mutex<BTreeSet<Key>>>,
}

impl Watched {
    fn note(&self, keys: &[Key]) {
        self.touched.lock().unwrap().extend(keys.iter().cloned());
    }

    /// The keys asked for since this was last called.
    fn touched(&self) -> BTreeSet<Key> {
        std::mem::take(&mut self.touched.lock().unwrap())
    }
}

impl Store for Watched {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        self.note(keys);
        self.store.load(keys, now).await
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.note(std::slice::from_ref(key));
        self.store.add(key, value, ttl, now).await
    }

    fn max_value_len(&self) -> usize {
        self.store.max_value_len()
    }
}

impl TableStore for Watched {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.note(std::slice::from_ref(key));
        self.store.replace(key, version, value, ttl, now).await
    }
}

impl CounterStore for Watched {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        self.note(std::slice::from_ref(key));
        self.store.increment(key, ttl, now).await
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.note(std::slice::from_ref(key));
        self.store.decrement(key, now).await
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        self.note(std::slice::from_ref(key));
        self.store.count(key, now).await
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.note(keys);
        self.store.touch(keys, ttl, now).await
    }
}

/// The actor of an operation. Names look like one another's, like sessions, and like pieces of
/// keys.
#[derive(Clone, Copy, Debug)]
struct Who {
    server: &'static str,
    user: &'static str,
}

fn who() -> impl Strategy<Value = Who> {
    let users = ["bob", "bob.s-1", "bob.session-1", "Bob", "b0b", "table", "s-1", "bob..", "_ob"];
    (prop::sample::select(vec!["s-1", "s-11", "s-l"]), prop::sample::select(users.to_vec()))
        .prop_map(|(server, user)| Who { server, user })
}

/// The kind of an operation, its actor, the number of the actor's session, and a key or a password.
type Operation = (u8, Who, u8, Phase);

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let phase = prop::sample::select(vec![Phase::Key, Phase::Password]);
    prop::collection::vec((0_u8..6, who(), 0_u8..3, phase), 1..40)
}

/// Carries the operations out, and checks after each which keys it has touched.
fn run<L: Ledger>(watched: &Watched, ledger: L, operations: &[Operation]) {
    for (number, (what, who, which, phase)) in operations.iter().enumerate() {
        let server = ServerId::new(who.server).unwrap();
        let user = UserName::new(who.user).unwrap();
        // Unique on its server, and the same on all servers.
        let session = SessionId::new(&format!("{}-{which}", who.user.replace(['.', '@'], "_")));
        let session = session.unwrap();
        let now = START.after(seconds(number as u64));
        let request = {
            let request = AdmissionRequest::new(
                server.clone(),
                user.clone(),
                SessionLimit::new(2),
                Token::new(&format!("token-{which}")).unwrap(),
            )
            .from(IpAddr::from([192, 0, 2, *which]));
            match *phase {
                Phase::Password => request,
                Phase::Key => request.key_phase(false),
            }
        };
        let event = |kind, user| SessionEvent {
            server: server.clone(),
            session: session.clone(),
            user,
            at: now,
            kind,
        };
        let observe = |kind, user| block_on(ledger.observe(&event(kind, user), now)).map(drop);
        match what {
            0 => block_on(ledger.admit(&request, now)).map(drop),
            1 => block_on(ledger.roll_back(&request, Admitted::Yes, now)),
            2 => observe(connected(*phase == Phase::Key, [192, 0, 2, *which]), Some(user.clone())),
            3 => observe(EventKind::Activity, None),
            4 => observe(EventKind::Ended, Some(user.clone())),
            _ => observe(EventKind::Ended, None),
        }
        .unwrap();
        let own = BTreeSet::from([
            Key::table(&server, &user),
            Key::counter(&server, &user),
            Key::session(&server, &session),
            Key::ended(&server, &session),
        ]);
        let touched = watched.touched();
        assert!(touched.is_subset(&own), "{who:?} {session} has touched {touched:?}");
    }
}

proptest! {
    #[test]
    fn nobody_touches_what_is_somebody_elses(operations in operations()) {
        let watched = Watched::default();
        run(&watched, LeaseLedger::new(watched.clone(), LeaseSettings::default()), &operations);
        let settings = CounterSettings::new(seconds(3_600));
        let watched = Watched::default();
        run(&watched, CounterLedger::new(watched.clone(), settings).unwrap(), &operations);
    }
}
