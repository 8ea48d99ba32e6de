//! A sequence of steps: users, their sessions and a log, with one thing at a time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::{EventKind, LogEntry, LogOrigin, SessionEvent};
use session_limit_core::ledger::{AdmissionRequest, Admitted, Effect, LeaseTimes, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

use super::account::{Account, Login, Message, State};
use super::promises::Promises;
use crate::forms;

/// The users and their servers. Their names look alike, and the sessions of both servers are named
/// alike, too.
const ACCOUNTS: [(&str, &str); 3] = [("s-1", "bob"), ("s-1", "bob.s"), ("s-11", "bob")];

/// The life of a session's lease. It is short, so that leases expire within a few steps.
const SESSION_TTL: Duration = Duration::from_secs(1_800);

pub(super) struct Sequence<L> {
    store: Arc<MemoryStore>,
    ledger: L,
    times: LeaseTimes,
    /// True if the log is in the legacy form. That does not tell keys from passwords, so the limit
    /// is exact only without keys.
    is_legacy: bool,
    by_key: bool,
    now: Timestamp,
    accounts: Vec<Account>,
    logins: u32,
}

impl<L: Promises> Sequence<L> {
    pub(super) fn new(nature: u8) -> Self {
        let store = Arc::new(MemoryStore::new());
        let times = LeaseTimes::new(LeaseTimes::DEFAULT_RESERVATION_TTL, SESSION_TTL)
            .expect("the times make sense");
        let accounts = ACCOUNTS.map(|(server, user)| {
            let server = ServerId::new(server).expect("it is a server id");
            Account::new(server, UserName::new(user).expect("it is a user name"))
        });
        Self {
            ledger: L::new(store.clone(), times),
            store,
            times,
            is_legacy: nature & 1 == 1,
            by_key: nature & 3 == 2,
            now: Timestamp::from_millis(1_700_000_000_000),
            accounts: accounts.into(),
            logins: 0,
        }
    }

    /// Carries out a step. The four bytes say what is done, by whom, with which of the logins, and
    /// how.
    pub(super) fn step(&mut self, [what, who, which, how]: [u8; 4]) {
        let account = usize::from(who) % self.accounts.len();
        let logins = self.accounts[account].logins.len();
        let login = usize::from(which).checked_rem(logins);
        match (what % 8, login) {
            (0 | 1, _) => self.login(account, how),
            (2, _) => {
                let wanted = Duration::from_secs(u64::from(which)) * u32::from(how % 16);
                self.now = self.now.after(wanted.min(self.patience()));
            }
            (3, Some(login)) => self.connect(account, login),
            (4, Some(login)) => self.give_up(account, login, how),
            (5, Some(login)) => self.speak(account, login, how),
            (6 | 7, Some(login)) => self.deliver(account, login, usize::from(how)),
            _ => {}
        }
    }

    /// Checks what holds at any time.
    pub(super) fn check(&self) {
        for account in &self.accounts {
            let counted = self.ledger.counted(account, self.now);
            let bounds = L::bounds(account, self.now, &self.times);
            assert!(counted >= *bounds.start(), "S1: {counted} are counted, not {bounds:?}");
            assert!(counted <= *bounds.end(), "S3: {counted} are counted, not {bounds:?}");
            self.ledger.check(account, self.now, &self.times);
        }
    }

    /// Ends and delivers everything, and waits for RESERVATION_TTL.
    pub(super) fn settle(mut self) {
        for account in 0..self.accounts.len() {
            for login in 0..self.accounts[account].logins.len() {
                self.give_up(account, login, 1);
                for message in 0..self.accounts[account].logins[login].messages.len() {
                    self.deliver(account, login, message);
                }
            }
        }
        self.check();
        self.now = self.now.after(self.times.reservation_ttl()).after(self.times.skew());
        self.check();
        for account in &self.accounts {
            self.ledger.check_settled(account, self.now);
        }
    }

    fn login(&mut self, account: usize, how: u8) {
        self.logins += 1;
        let request = self.request(&self.accounts[account], how);
        let (limit, asked) = (u64::from(request.limit.get()), self.now);
        let session = self.next_session(&request.server);
        let account = &mut self.accounts[account];
        let before = self.ledger.kept(&self.store, account, self.now);
        let answer = block_on(self.ledger.admit(&request, self.now)).expect("memory answers");
        let counted = u64::from(answer.counted);
        match answer.verdict {
            Verdict::Admitted => {
                account.admitted(Login {
                    request,
                    asked,
                    session,
                    state: State::Connecting,
                    is_legacy: self.is_legacy,
                    heard: asked,
                    messages: Vec::new(),
                });
                assert!(counted <= limit, "S2: admitted although {counted} of {limit} count");
                let held = account.held();
                assert!(held <= limit, "S2: {held} hold or get a session, the limit is {limit}");
            }
            Verdict::Refused => {
                assert!(counted >= limit, "L3: refused although {counted} of {limit} count");
                let after = self.ledger.kept(&self.store, account, self.now);
                assert_eq!(after, before, "S6: a refusal changed something");
            }
        }
        let really = self.ledger.counted(account, self.now);
        assert_eq!(counted, really, "the answer does not say what is counted");
    }

    fn request(&self, account: &Account, how: u8) -> AdmissionRequest {
        let by_key = self.by_key && how & 1 == 1;
        {
            let request = AdmissionRequest::new(
                account.server.clone(),
                account.user.clone(),
                SessionLimit::new(u32::from(how >> 1) % 4),
                Token::new(&format!("request-{}", self.logins)).expect("it is a token"),
            )
            .from(IpAddr::from([192, 0, 2, how >> 6]));
            if by_key { request.key_phase(true) } else { request }
        }
    }

    /// Returns the id of the next session, which is unique on its server.
    fn next_session(&self, server: &ServerId) -> SessionId {
        let accounts = self.accounts.iter().filter(|account| account.server == *server);
        let number: usize = accounts.map(|account| account.logins.len()).sum();
        SessionId::new(&format!("session-{number}")).expect("it is a session id")
    }

    fn connect(&mut self, account: usize, login: usize) {
        let login = &mut self.accounts[account].logins[login];
        if login.state == State::Connecting {
            login.state = State::Live;
            let phase = (!login.is_legacy).then_some(login.request.phase);
            login.log(EventKind::connected(login.request.source, phase), self.now);
        }
    }

    /// Lets a login become nothing, given back or not, or ends its session.
    fn give_up(&mut self, account: usize, number: usize, how: u8) {
        let now = self.now;
        let account = &mut self.accounts[account];
        let login = &mut account.logins[number];
        login.state = match login.state {
            State::Live => {
                login.log(EventKind::Ended, now);
                State::Over
            }
            State::Connecting if how & 1 == 1 => State::Over,
            State::Connecting => {
                let done = block_on(self.ledger.roll_back(&login.request, Admitted::Yes, now));
                done.expect("memory answers");
                State::RolledBack
            }
            over @ (State::Over | State::RolledBack) => over,
        };
        if login.state == State::RolledBack {
            account.rolled_back(number);
        }
    }

    /// Logs an activity of a session, and tells the ledger of the end or an activity of a session
    /// that nobody has.
    fn speak(&mut self, account: usize, login: usize, how: u8) {
        let account = &mut self.accounts[account];
        if account.logins[login].state == State::Live {
            account.logins[login].log(EventKind::Activity, self.now);
        }
        if how & 1 == 1 {
            let stranger = SessionEvent {
                server: account.server.clone(),
                session: SessionId::new("nobody").expect("it is a session id"),
                user: None,
                at: self.now,
                kind: if how & 2 == 2 { EventKind::Ended } else { EventKind::Activity },
            };
            self.observe(stranger);
        }
    }

    fn deliver(&mut self, account: usize, login: usize, message: usize) {
        let sender = &self.accounts[account].logins[login];
        let Some(message) = message.checked_rem(sender.messages.len()) else { return };
        let event = self.event(&self.accounts[account], sender, message);
        let effect = self.observe(event);
        self.accounts[account].handled(login, message, effect, self.now, &self.times);
    }

    /// The event that a message tells of.
    fn event(&self, account: &Account, login: &Login, message: usize) -> SessionEvent {
        let Message { kind, at, .. } = login.messages[message];
        SessionEvent {
            server: account.server.clone(),
            session: login.session.clone(),
            user: login.names_user(&kind).then(|| account.user.clone()),
            at,
            kind,
        }
    }

    /// Hands an event to the ledger, through the text of a log message.
    fn observe(&self, event: SessionEvent) -> Effect {
        let SessionEvent { server, at, .. } = event.clone();
        let entry = LogEntry::Session(event);
        let message =
            if self.is_legacy { forms::legacy(&entry) } else { forms::structured(&entry) };
        let (message, _) = message.expect("a session event is written");
        let origin =
            LogOrigin { log_group: &format!("/aws/transfer/{server}"), log_stream: "ERRORS" };
        let Ok(LogEntry::Session(event)) = LogEntry::parse(&message, at, origin) else {
            panic!("{message} is not read")
        };
        block_on(self.ledger.observe(&event, self.now)).expect("memory answers").effect
    }

    /// The time that may go by without breaking an assumption: a login connects within LOGIN_TIME,
    /// its start is handled within RESERVATION_TTL, no session is silent for long.
    fn patience(&self) -> Duration {
        let logins = self.accounts.iter().flat_map(|account| &account.logins);
        let deadlines = logins.flat_map(|login| {
            let state = match login.state {
                State::Connecting => Some(login.asked.after(login.login_time(&self.times))),
                State::Live => Some(login.heard.after(SESSION_TTL / 4 * 3)),
                State::Over | State::RolledBack => None,
            };
            let waits = login.messages.iter().any(|message| {
                !message.is_handled && matches!(message.kind, EventKind::Connected { .. })
            });
            let start = waits.then(|| login.asked.after(self.times.reservation_ttl()));
            state.into_iter().chain(start)
        });
        let slack = self.times.skew() + Duration::from_millis(1);
        let earliest = deadlines.min().map(|deadline| deadline.before(slack).since(self.now));
        earliest.unwrap_or(Duration::MAX)
    }
}
