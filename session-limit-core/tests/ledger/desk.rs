//! A ledger and its store, for one caller at a time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Effect, KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes, Ledger,
    LedgerError, Observation, ReservationClass, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

/// A midnight, so that renewals fall on the hours 6, 12, 18 after it.
pub const START: Timestamp = Timestamp::from_millis(1_699_920_000_000);

/// A lease ledger and its store.
pub struct Desk {
    pub store: Arc<MemoryStore>,
    pub ledger: LeaseLedger<Arc<MemoryStore>>,
    pub server: ServerId,
    pub user: UserName,
    logins: u32,
}

impl Desk {
    pub fn new(key_phase: KeyPhase, methods: AuthenticationMethods) -> Self {
        Self::with(MemoryStore::new(), key_phase, methods)
    }

    pub fn with(store: MemoryStore, key_phase: KeyPhase, methods: AuthenticationMethods) -> Self {
        let store = Arc::new(store);
        let settings = LeaseSettings::default()
            .with_times(LeaseTimes::default())
            .with_key_phase(key_phase)
            .with_methods(ServerMethods::all(methods))
            .with_reservation_class(ReservationClass::Address);
        Self::of(store, settings)
    }

    pub fn of(store: Arc<MemoryStore>, settings: LeaseSettings) -> Self {
        Self {
            ledger: LeaseLedger::new(store.clone(), settings),
            store,
            server: ServerId::new("s-1").unwrap(),
            user: UserName::new("bob.smith@example.com").unwrap(),
            logins: 0,
        }
    }

    pub fn request(&mut self, phase: Phase, source: [u8; 4], limit: u32) -> AdmissionRequest {
        self.logins += 1;
        let token = Token::new(&format!("token-{}", self.logins)).unwrap();
        let (server, user) = (self.server.clone(), self.user.clone());
        let request = AdmissionRequest::new(server, user, SessionLimit::new(limit), token);
        let request = request.from(IpAddr::from(source));
        match phase {
            Phase::Password => request,
            Phase::Key => request.key_phase(false),
        }
    }

    pub fn try_admit(
        &mut self,
        phase: Phase,
        source: [u8; 4],
        limit: u32,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        let request = self.request(phase, source, limit);
        block_on(self.ledger.admit(&request, now))
    }

    pub fn admit(&mut self, phase: Phase, source: [u8; 4], limit: u32, now: Timestamp) -> bool {
        self.try_admit(phase, source, limit, now).unwrap().verdict == Verdict::Admitted
    }

    pub fn event(&self, session: &str, kind: EventKind, at: Timestamp) -> SessionEvent {
        let names_user = matches!(kind, EventKind::Connected { .. });
        SessionEvent {
            server: self.server.clone(),
            session: SessionId::new(session).unwrap(),
            user: names_user.then(|| self.user.clone()),
            at,
            kind,
        }
    }

    pub fn observe(&self, session: &str, kind: EventKind, at: Timestamp, now: Timestamp) -> Effect {
        self.try_observe(session, kind, at, now).effect
    }

    /// All that the ledger says of it.
    pub fn try_observe(
        &self,
        session: &str,
        kind: EventKind,
        at: Timestamp,
        now: Timestamp,
    ) -> Observation {
        self.tell(&self.event(session, kind, at), now)
    }

    pub fn tell(&self, event: &SessionEvent, now: Timestamp) -> Observation {
        block_on(self.ledger.observe(event, now)).unwrap()
    }

    /// The tokens of the reservations that no start has taken.
    pub fn open(&self, now: Timestamp) -> Vec<String> {
        self.table(now).reservations().iter().map(|r| r.token.to_string()).collect()
    }

    pub fn table(&self, now: Timestamp) -> Table {
        block_on(self.ledger.table(&self.server, &self.user, now)).unwrap().unwrap_or_default()
    }
}

/// A client's address.
pub const HOME: [u8; 4] = [192, 0, 2, 1];

pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn connected(by_key: bool, source: [u8; 4]) -> EventKind {
    let phase = if by_key { Phase::Key } else { Phase::Password };
    EventKind::connected(Some(source.into()), Some(phase))
}

/// The start of a session as the log says it in its old form: by a key or a password.
pub fn connected_in_old_log(source: [u8; 4]) -> EventKind {
    EventKind::connected(Some(source.into()), None)
}
