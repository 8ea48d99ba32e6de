//! The events of one session in every order and number (S3, S4), one login after the other (L3),
//! and what a crash between two steps leaves behind.

use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use proptest::prelude::*;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, Effect, KeyPhase, LeaseLedger, LeaseSettings,
    LeaseTimes, Ledger, LedgerError, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::{Key, MemoryStore, Store, StoreError, TableStore};
use session_limit_core::time::Timestamp;

pub const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A ledger and its store, one caller at a time.
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
        let settings = LeaseSettings {
            times: LeaseTimes::default(),
            key_phase,
            methods: ServerMethods::all(methods),
        };
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
        AdmissionRequest {
            server: self.server.clone(),
            user: self.user.clone(),
            limit: SessionLimit::new(limit),
            phase,
            has_password: phase == Phase::Password,
            source: Some(source.into()),
            token: Token::new(&format!("token-{}", self.logins)).unwrap(),
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
        block_on(self.ledger.observe(&self.event(session, kind, at), now)).unwrap().effect
    }

    pub fn table(&self, now: Timestamp) -> Table {
        block_on(self.ledger.table(&self.server, &self.user, now)).unwrap()
    }
}

pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn connected(by_key: bool, source: [u8; 4]) -> EventKind {
    EventKind::Connected { source: Some(source.into()), by_key }
}

const HOME: [u8; 4] = [192, 0, 2, 1];

proptest! {
    /// S3, S4: whatever is delivered how often in which order, one reservation is consumed and
    /// the session is gone, as long as its start and its end are among it.
    #[test]
    fn events_of_a_session_commute(
        mut deliveries in prop::collection::vec(0_u8..3, 0..8),
        order in prop::collection::vec(any::<prop::sample::Index>(), 10),
        pauses in prop::collection::vec(0_u64..20, 10),
    ) {
        deliveries.extend([0, 2]);
        let number = deliveries.len();
        for (place, index) in order.iter().enumerate().take(number) {
            deliveries.swap(place, index.index(number));
        }
        let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        prop_assert!(desk.admit(Phase::Password, HOME, 2, START));
        prop_assert!(desk.admit(Phase::Password, HOME, 2, START.after(seconds(1))));
        let connected_at = START.after(seconds(2));
        let mut now = START.after(seconds(10));
        for (kind, pause) in deliveries.iter().zip(&pauses) {
            now = now.after(seconds(*pause));
            match kind {
                0 => desk.observe("aaa", connected(false, HOME), connected_at, now),
                1 => desk.observe("aaa", EventKind::Activity, START.after(seconds(5)), now),
                _ => desk.observe("aaa", EventKind::Ended, START.after(seconds(8)), now),
            };
        }
        let table = desk.table(now);
        prop_assert_eq!(table.sessions().len(), 0);
        let tokens: Vec<_> = table.reservations().iter().map(|r| r.token.as_str()).collect();
        prop_assert_eq!(tokens, ["token-2"], "the oldest, and only it, is consumed");
    }

    /// L3 from both sides: with nothing failing and a log in order, a login is refused exactly
    /// when as many sessions as the limit are held.
    #[test]
    fn one_after_the_other_exactly_the_limit_gets_in(
        limit in 0_u32..5, steps in prop::collection::vec((any::<bool>(), 1_u64..4_000), 1..80),
    ) {
        let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        let (mut live, mut now) = (Vec::new(), START);
        for (number, (is_login, pause)) in steps.iter().enumerate() {
            now = now.after(seconds(*pause));
            if *is_login || live.is_empty() {
                let admitted = desk.admit(Phase::Password, HOME, limit, now);
                prop_assert_eq!(admitted, live.len() < limit as usize);
                if admitted {
                    let session = format!("session-{number}");
                    desk.observe(&session, connected(false, HOME), now, now.after(seconds(1)));
                    live.push(session);
                }
            } else {
                let session = live.remove(0);
                prop_assert_eq!(desk.observe(&session, EventKind::Ended, now, now), Effect::Ended);
            }
            for session in &live {
                desk.observe(session, EventKind::Activity, now, now);
            }
        }
    }

    /// S5: no event of one session ever removes another.
    #[test]
    fn another_sessions_events_remove_nothing(
        events in prop::collection::vec((0_u8..3, 0_u8..4), 0..30),
    ) {
        let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        prop_assert!(desk.admit(Phase::Password, HOME, 9, START));
        let now = START.after(seconds(200)); // long enough for what follows to be somebody else's
        desk.observe("mine", connected(false, HOME), START, now);
        for (kind, session) in events {
            let kind = match kind {
                0 => connected(false, HOME),
                1 => EventKind::Activity,
                _ => EventKind::Ended,
            };
            desk.observe(&format!("other-{session}"), kind, now, now);
        }
        prop_assert!(desk.table(now).sessions().iter().any(|s| s.id.as_str() == "mine"));
    }
}

#[test]
fn a_lease_of_nothing_expires_and_not_before() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 1, START)); // and vanishes
    let end = START.after(LeaseTimes::DEFAULT_RESERVATION_TTL);
    assert!(!desk.admit(Phase::Password, HOME, 1, end.before(Duration::from_millis(1))));
    assert!(desk.admit(Phase::Password, HOME, 1, end));
    desk.observe("aaa", connected(false, HOME), end, end); // and its end is lost
    let end = end.after(LeaseTimes::DEFAULT_SESSION_TTL);
    assert!(!desk.admit(Phase::Password, HOME, 1, end.before(Duration::from_millis(1))));
    assert!(desk.admit(Phase::Password, HOME, 1, end));
}

#[test]
fn activity_keeps_a_session_and_brings_back_a_forgotten_one() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 1, START));
    desk.observe("aaa", connected(false, HOME), START, START);
    let later = START.after(seconds(20 * 3_600));
    assert_eq!(desk.observe("aaa", EventKind::Activity, later, later), Effect::Renewed);
    let end = later.after(LeaseTimes::DEFAULT_SESSION_TTL);
    assert!(!desk.admit(Phase::Password, HOME, 1, end.before(Duration::from_millis(1))));
    desk.store.evict(&Key::table(&desk.server, &desk.user));
    let soon = later.after(seconds(7 * 3_600));
    assert_eq!(desk.observe("aaa", EventKind::Activity, soon, soon), Effect::Renewed);
    assert!(!desk.admit(Phase::Password, HOME, 1, soon));
}

#[test]
fn a_renewal_that_reached_only_the_table_is_repeated() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 1, START));
    desk.observe("aaa", connected(false, HOME), START, START);
    let later = START.after(seconds(10 * 3_600));
    // The record is put back as if the handler had crashed before writing it.
    let key = Key::session(&desk.server, &SessionId::new("aaa").unwrap());
    let load =
        || block_on(desk.store.load(std::slice::from_ref(&key), later)).unwrap().remove(0).unwrap();
    let before = load();
    desk.observe("aaa", EventKind::Activity, later, later);
    let renewed = desk.table(later);
    let after = load();
    assert_ne!(before.value, after.value);
    block_on(desk.store.replace(&key, &after.version, &before.value, seconds(99_999), later))
        .unwrap();
    desk.observe("aaa", EventKind::Activity, later, later);
    assert_eq!(load().value, after.value);
    assert_eq!(desk.table(later), renewed);
}

#[test]
fn a_login_rolled_back_frees_its_own_slot_only() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let (first, second) =
        (desk.request(Phase::Password, HOME, 2), desk.request(Phase::Password, HOME, 2));
    for request in [&first, &second] {
        block_on(desk.ledger.admit(request, START)).unwrap();
    }
    for _ in 0..3 {
        block_on(desk.ledger.roll_back(&first, Admitted::Unknown, START)).unwrap();
    }
    let table = desk.table(START);
    assert_eq!(table.reservations().len(), 1);
    assert_eq!(table.reservations()[0].token, second.token);
}

#[test]
fn the_same_login_asked_twice_takes_one_slot() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let request = desk.request(Phase::Password, HOME, 1);
    for _ in 0..3 {
        let admission = block_on(desk.ledger.admit(&request, START)).unwrap();
        assert_eq!((admission.verdict, admission.counted), (Verdict::Admitted, 1));
    }
}

#[test]
fn a_limit_lowered_below_the_live_count_refuses_and_reports_the_overdraft() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    for number in 0..3 {
        assert!(desk.admit(Phase::Password, HOME, 3, START));
        desk.observe(&format!("session-{number}"), connected(false, HOME), START, START);
    }
    let refused = desk.try_admit(Phase::Password, HOME, 1, START).unwrap();
    assert_eq!(refused.verdict, Verdict::Refused);
    assert_eq!((refused.counted, refused.report.overdraft), (3, 2));
    for number in 0..3 {
        assert!(!desk.admit(Phase::Password, HOME, 1, START), "after {number} ends");
        desk.observe(&format!("session-{number}"), EventKind::Ended, START, START);
    }
    assert!(desk.admit(Phase::Password, HOME, 1, START));
}

#[test]
fn a_damaged_table_is_reported_and_replaced() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let key = Key::table(&desk.server, &desk.user);
    block_on(desk.store.add(&key, b"\x01 nonsense", seconds(60), START)).unwrap();
    assert!(matches!(
        block_on(desk.ledger.table(&desk.server, &desk.user, START)),
        Err(LedgerError::Store(StoreError::Corrupt(_)))
    ));
    assert!(desk.try_admit(Phase::Password, HOME, 1, START).unwrap().report.damaged);
    assert!(!desk.try_admit(Phase::Password, HOME, 1, START).unwrap().report.damaged);
}

#[test]
fn a_table_of_a_newer_version_is_left_alone() {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let key = Key::table(&desk.server, &desk.user);
    block_on(desk.store.add(&key, b"\x02 from the future", seconds(60), START)).unwrap();
    let error = desk.try_admit(Phase::Password, HOME, 1, START).unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[test]
fn a_limit_that_does_not_fit_the_store_is_refused() {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Auto, AuthenticationMethods::Password);
    assert!(desk.admit(Phase::Password, HOME, 100, START));
    let error = desk.try_admit(Phase::Password, HOME, u32::MAX, START).unwrap_err();
    assert!(matches!(error, LedgerError::LimitTooLarge { .. }) && !error.is_retryable());
}

/// S7: the table fits the store under any churn.
#[test]
fn churn_does_not_grow_the_table() {
    let store = MemoryStore::with_max_value_len(16_384);
    let mut desk = Desk::with(store, KeyPhase::Auto, AuthenticationMethods::PublicKeyOrPassword);
    let mut now = START;
    for number in 0_u32..3_000 {
        now = now.after(Duration::from_millis(50));
        let [.., third, fourth] = number.to_be_bytes();
        // Probes by key from everywhere, and short sessions by password.
        assert!(desk.admit(Phase::Key, [10, 0, third, fourth], 100, now));
        if desk.admit(Phase::Password, HOME, 100, now) {
            let session = format!("{number:032x}");
            desk.observe(&session, connected(false, HOME), now, now);
            desk.observe(&session, EventKind::Ended, now, now);
        }
    }
    let key = Key::table(&desk.server, &desk.user);
    let item = block_on(desk.store.load(&[key], now)).unwrap().remove(0).unwrap();
    assert!(item.value.len() <= 16_384);
    assert_eq!(desk.table(now).sessions().len(), 0);
}
