//! The ledger of a world of steady machines, as the machines and the log use it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{AdmissionRequest, KeyScope, LeaseTimes, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::methods::ServerMethods;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::{Key, MemoryStore};
use session_limit_core::time::Timestamp;

use crate::sim::ledger::{Look, SimLedger, ready};
use crate::sim::{Config, LedgerKind};

/// A ledger that decides about the logins of the one user. Times are in milliseconds.
pub(super) trait Subject {
    /// Returns true if a login from this address is admitted. Each login has a number of its own.
    fn admits(&mut self, login: u64, address: u8, limit: u32, now: u64) -> bool;

    /// Takes note of a session's start at the time `at`, which the log told.
    fn started(&mut self, session: usize, address: u8, at: u64, now: u64);

    /// Takes note of a session's end at the time `at`, which the log told.
    fn ended(&mut self, session: usize, at: u64, now: u64);

    /// Returns the number of slots that are taken.
    fn counted(&self, now: u64) -> u32;

    /// Returns the number of slots that were taken after its latest answer, which came at `now`.
    fn counted_at_answer(&self, now: u64) -> u32 {
        self.counted(now)
    }
}

/// One of the real ledgers, over a store in memory that answers at once.
pub(super) struct Real {
    ledger: SimLedger<Arc<MemoryStore>>,
    look: Look,
    /// The key of the number, if the ledger keeps one.
    counter: Key,
    /// True if the end of a session names its user.
    end_names_user: bool,
    server: ServerId,
    user: UserName,
    /// The number of slots that were taken after its latest answer, if it told.
    told: Option<u32>,
}

impl Real {
    pub(super) fn new(ledger: LedgerKind, times: LeaseTimes) -> Self {
        let store = Arc::new(MemoryStore::new());
        let config = Config { ledger, times, ..Config::default() };
        let methods = ServerMethods::default();
        let look = Look::new(&config, store.clone(), methods.clone());
        let server = ServerId::new("s-0123456789abcdef0").expect("a valid server id");
        let user = UserName::new("machines").expect("a valid name");
        Self {
            ledger: SimLedger::new(&config, store, methods),
            counter: look.counter(&server, &user),
            look,
            end_names_user: ledger == LedgerKind::Naive,
            server,
            user,
            told: None,
        }
    }

    fn observe(&mut self, session: usize, names_user: bool, kind: EventKind, at: u64, now: u64) {
        let event = SessionEvent {
            server: self.server.clone(),
            session: SessionId::new(&format!("{session:x}")).expect("a valid session id"),
            user: names_user.then(|| self.user.clone()),
            at: Timestamp::from_millis(at),
            kind,
        };
        let now = Timestamp::from_millis(now);
        self.told = ready(self.ledger.observe(&event, now)).expect("memory answers").counted;
    }
}

impl Subject for Real {
    fn admits(&mut self, login: u64, address: u8, limit: u32, now: u64) -> bool {
        let request = AdmissionRequest::new(
            self.server.clone(),
            self.user.clone(),
            SessionLimit::new(limit),
            Token::new(&format!("{login:x}")).expect("a valid token"),
        )
        .from(ip(address));
        let admission = ready(self.ledger.admit(&request, Timestamp::from_millis(now)));
        let admission = admission.expect("memory answers");
        self.told = Some(admission.counted);
        admission.verdict == Verdict::Admitted
    }

    fn started(&mut self, session: usize, address: u8, at: u64, now: u64) {
        let kind = EventKind::connected(Some(ip(address)), Some(Phase::Password));
        self.observe(session, true, kind, at, now);
    }

    fn ended(&mut self, session: usize, at: u64, now: u64) {
        self.observe(session, self.end_names_user, EventKind::Ended, at, now);
    }

    /// Returns what the ledger told, which need not be looked up.
    fn counted_at_answer(&self, now: u64) -> u32 {
        self.told.unwrap_or_else(|| self.counted(now))
    }

    fn counted(&self, now: u64) -> u32 {
        let now = Timestamp::from_millis(now);
        match self.look.table(&self.server, &self.user, now) {
            Some(table) => table.counted(None, KeyScope::Everybody, now),
            None => {
                let number = self.look.count(&self.counter, now).unwrap_or(0);
                u32::try_from(number).unwrap_or(u32::MAX)
            }
        }
    }
}

fn ip(address: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, address).into()
}
