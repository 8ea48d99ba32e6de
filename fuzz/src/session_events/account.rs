//! The truth about one user of one server.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use session_limit_core::event::EventKind;
use session_limit_core::ledger::{AdmissionRequest, Effect, LeaseTimes};
use session_limit_core::login::Phase;
use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::time::Timestamp;

use super::matching::Matching;

/// One user of one server.
pub(super) struct Account {
    pub(super) server: ServerId,
    pub(super) user: UserName,
    pub(super) logins: Vec<Login>,
    classes: BTreeMap<(Phase, Option<IpAddr>), Matching>,
}

/// A login that was admitted.
pub(super) struct Login {
    pub(super) request: AdmissionRequest,
    pub(super) asked: Timestamp,
    pub(super) session: SessionId,
    pub(super) state: State,
    /// True if the log tells of it in the legacy form.
    pub(super) is_legacy: bool,
    /// The time of the latest event that has been handled.
    pub(super) heard: Timestamp,
    pub(super) messages: Vec<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    Live,
    /// The session has ended, or the login never became one.
    Over,
    RolledBack,
}

/// A message of the log about a session.
pub(super) struct Message {
    pub(super) kind: EventKind,
    pub(super) at: Timestamp,
    pub(super) is_handled: bool,
}

impl Account {
    pub(super) fn new(server: ServerId, user: UserName) -> Self {
        Self { server, user, logins: Vec::new(), classes: BTreeMap::new() }
    }

    /// Number of logins that hold a session or may still get one.
    pub(super) fn held(&self) -> u64 {
        self.count(Login::is_held)
    }

    /// Number of logins that were never given back. They are given back by a roll-back, or by the
    /// end of a session whose user is known.
    pub(super) fn unreleased(&self) -> u64 {
        self.count(|login| !login.is_released())
    }

    /// Number of logins whose session may have a lease.
    pub(super) fn sessions(&self, now: Timestamp, times: &LeaseTimes) -> u64 {
        self.count(|login| login.may_have_lease(now, times))
    }

    /// Number of reservations.
    pub(super) fn reservations(&self, now: Timestamp, times: &LeaseTimes) -> u64 {
        self.classes.values().map(|class| class.open(now, times) as u64).sum()
    }

    /// Takes note of a login that was admitted.
    pub(super) fn admitted(&mut self, login: Login) {
        let class = self.classes.entry(class(&login.request)).or_default();
        class.reserve(login.asked, login.request.token.clone());
        self.logins.push(login);
    }

    /// Takes note that a login was rolled back.
    pub(super) fn rolled_back(&mut self, login: usize) {
        let Login { request, .. } = &self.logins[login];
        self.classes.entry(class(request)).or_default().release(&request.token);
    }

    /// Takes note that a message of a login has been handled.
    pub(super) fn handled(
        &mut self,
        login: usize,
        message: usize,
        effect: Effect,
        now: Timestamp,
        times: &LeaseTimes,
    ) {
        let login = &mut self.logins[login];
        let Message { kind, at, .. } = login.messages[message];
        if is_start(&kind) && !login.has_started() {
            let class = self.classes.entry(class(&login.request)).or_default();
            class.start(at, now, login.login_time(times), times);
        }
        login.messages[message].is_handled = true;
        if !matches!(effect, Effect::Unknown | Effect::TooLate) {
            login.heard = login.heard.max(at);
        }
    }

    fn count(&self, is_meant: impl Fn(&Login) -> bool) -> u64 {
        self.logins.iter().filter(|login| is_meant(login)).count() as u64
    }
}

impl Login {
    /// The time within which it becomes a session.
    pub(super) fn login_time(&self, times: &LeaseTimes) -> Duration {
        match self.request.phase {
            Phase::Password => times.login_time(),
            Phase::Key => times.key_login_time(),
        }
    }

    pub(super) fn log(&mut self, kind: EventKind, at: Timestamp) {
        self.messages.push(Message { kind, at, is_handled: false });
    }

    /// True if the log names the user with such an event.
    pub(super) fn names_user(&self, kind: &EventKind) -> bool {
        self.is_legacy || is_start(kind)
    }

    fn is_held(&self) -> bool {
        matches!(self.state, State::Connecting | State::Live)
    }

    /// True if the ledger can count its session: it knows the session's user, has not heard of its
    /// end, and has heard of it lately.
    pub(super) fn may_have_lease(&self, now: Timestamp, times: &LeaseTimes) -> bool {
        self.has_named_user() && !self.has_ended() && self.heard.after(times.session_ttl()) > now
    }

    fn is_released(&self) -> bool {
        self.has_ended() && self.has_named_user() || self.state == State::RolledBack
    }

    fn has_started(&self) -> bool {
        self.has_handled(is_start)
    }

    fn has_ended(&self) -> bool {
        self.has_handled(|kind| *kind == EventKind::Ended)
    }

    fn has_named_user(&self) -> bool {
        self.has_handled(|kind| self.names_user(kind))
    }

    fn has_handled(&self, is_meant: impl Fn(&EventKind) -> bool) -> bool {
        self.messages.iter().any(|message| message.is_handled && is_meant(&message.kind))
    }
}

/// The class of a login. Starts take only reservations of logins by the same phase, from the same
/// address.
fn class(request: &AdmissionRequest) -> (Phase, Option<IpAddr>) {
    (request.phase, request.source)
}

fn is_start(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Connected { .. })
}
