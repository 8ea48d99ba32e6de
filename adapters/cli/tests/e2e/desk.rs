//! A memcached in which ledgers keep sessions, as the Lambda functions do.

use std::future::Future;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, CounterLedger, CounterSettings, LeaseLedger, LeaseSettings,
    LeaseTimes, Ledger, Observation, ReservationClass,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::{Key, Store};
use session_limit_core::time::Timestamp;
use session_limit_harness::PATIENCE;
use session_limit_harness::memcached::Server;
use session_limit_memcached::MemcachedStore;

use crate::program::{Ran, run};

pub(crate) const SERVER: &str = "s-0123456789abcdef0";
pub(crate) const ALICE: &str = "alice";
pub(crate) const BELLA: &str = "bella";

/// The address that clients come from.
const SOURCE: [u8; 4] = [192, 0, 2, 1];

/// Both ledgers over one memcached.
pub(crate) struct Desk {
    pub(crate) server: Server,
    /// The time by which its clock is behind that of the program.
    behind: Duration,
    runtime: tokio::runtime::Runtime,
    lease: LeaseLedger<MemcachedStore>,
    counter: CounterLedger<MemcachedStore>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::behind(Duration::ZERO)
    }

    /// One whose reservations are for starts of this class.
    pub(crate) fn with_reservations_by(reservation_class: ReservationClass) -> Self {
        let desk = Self::new();
        let settings = LeaseSettings::default().with_reservation_class(reservation_class);
        Self { lease: LeaseLedger::new(store(&desk.server), settings), ..desk }
    }

    /// One whose clock is behind that of the program.
    pub(crate) fn behind(behind: Duration) -> Self {
        let server = Server::start();
        let counter = CounterSettings::new(LeaseTimes::DEFAULT_SESSION_TTL);
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            lease: LeaseLedger::new(store(&server), LeaseSettings::default()),
            counter: CounterLedger::new(store(&server), counter).unwrap(),
            server,
            behind,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Calls the program for a user of this store.
    pub(crate) fn run(&self, command: &str, user: &str, more: &[&str]) -> Ran {
        run(&self.arguments(command, user, more).iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn arguments(&self, command: &str, user: &str, more: &[&str]) -> Vec<String> {
        let usual =
            [command, user, "--server", SERVER, "--session-store", &self.url(), "--store-timeout"];
        [&usual[..], &["10000"], more].concat().into_iter().map(str::to_owned).collect()
    }

    /// A login, which is admitted.
    pub(crate) fn login(&self, user: &str, token: &str, phase: Phase) -> Admission {
        self.block_on(self.lease.admit(&request(user, token, phase), self.now())).unwrap()
    }

    pub(crate) fn observe(&self, user: &str, session: &str, kind: EventKind) -> Observation {
        self.block_on(self.lease.observe(&event(user, session, kind, self.now()), self.now()))
            .unwrap()
    }

    pub(crate) fn login_counted(&self, user: &str, token: &str) {
        let request = request(user, token, Phase::Password);
        self.block_on(self.counter.admit(&request, self.now())).unwrap();
    }

    pub(crate) fn observe_counted(&self, user: &str, session: &str, kind: EventKind) {
        self.block_on(self.counter.observe(&event(user, session, kind, self.now()), self.now()))
            .unwrap();
    }

    /// Leaves something under the key of a user that no ledger has written.
    pub(crate) fn damage(&self, key: fn(&ServerId, &UserName) -> Key, user: &str) {
        let key = key(&ServerId::new(SERVER).unwrap(), &UserName::new(user).unwrap());
        let store = store(&self.server);
        let ttl = LeaseTimes::DEFAULT_SESSION_TTL;
        self.block_on(store.add(&key, b"neither a table nor a number", ttl, self.now())).unwrap();
    }

    pub(crate) fn table(&self, user: &str) -> Table {
        let (server, user) = (ServerId::new(SERVER).unwrap(), UserName::new(user).unwrap());
        self.block_on(self.lease.table(&server, &user, self.now())).unwrap().unwrap_or_default()
    }

    fn now(&self) -> Timestamp {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::EPOCH.after(now).before(self.behind)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

pub(crate) fn connected() -> EventKind {
    EventKind::connected(Some(SOURCE.into()), Some(Phase::Password))
}

/// A store with the patience of the tests.
fn store(server: &Server) -> MemcachedStore {
    MemcachedStore::open(&server.url(), PATIENCE).unwrap()
}

fn request(user: &str, token: &str, phase: Phase) -> AdmissionRequest {
    {
        let request = AdmissionRequest::new(
            ServerId::new(SERVER).unwrap(),
            UserName::new(user).unwrap(),
            SessionLimit::new(5),
            Token::new(token).unwrap(),
        )
        .from(IpAddr::from(SOURCE));
        match phase {
            Phase::Password => request,
            Phase::Key => request.key_phase(false),
        }
    }
}

fn event(user: &str, session: &str, kind: EventKind, at: Timestamp) -> SessionEvent {
    SessionEvent {
        server: ServerId::new(SERVER).unwrap(),
        session: SessionId::new(session).unwrap(),
        user: Some(UserName::new(user).unwrap()),
        at,
        kind,
    }
}
