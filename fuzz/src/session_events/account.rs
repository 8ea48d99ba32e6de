//! What is really so of one user of one server.

use std::time::Duration;

use session_limit_core::event::EventKind;
use session_limit_core::ledger::{AdmissionRequest, Effect, LeaseTimes};
use session_limit_core::login::Phase;
use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::time::Timestamp;

/// One user of one server.
pub(super) struct Account {
    pub(super) server: ServerId,
    pub(super) user: UserName,
    pub(super) logins: Vec<Login>,
}

/// A login that was admitted.
pub(super) struct Login {
    pub(super) request: AdmissionRequest,
    pub(super) asked: Timestamp,
    pub(super) session: SessionId,
    pub(super) state: State,
    /// Whether the log tells of it in the legacy form.
    pub(super) is_legacy: bool,
    /// Of the latest event that has been handled.
    pub(super) heard: Timestamp,
    pub(super) messages: Vec<Message>,
    /// Whether its start was handled after that of a login that had asked only later than it
    /// started: if that one took its reservation, it cannot take that one's.
    pub(super) is_overtaken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    Live,
    /// Its session has ended, or it never became one.
    Over,
    RolledBack,
}

/// What the log says of a session.
pub(super) struct Message {
    pub(super) kind: EventKind,
    pub(super) at: Timestamp,
    pub(super) is_handled: bool,
}

impl Account {
    /// Those who hold a session or may still get one.
    pub(super) fn held(&self) -> u64 {
        self.count(Login::is_held)
    }

    /// Those who were never given back, neither by a roll-back nor by the end of a session of which
    /// it is known whose it was.
    pub(super) fn unreleased(&self) -> u64 {
        self.count(|login| !login.is_released())
    }

    /// Those whose session may have a lease.
    pub(super) fn sessions(&self, now: Timestamp, times: &LeaseTimes) -> u64 {
        self.count(|login| login.may_have_lease(now, times))
    }

    /// The most reservations that there can be.
    ///
    /// Each was made by a login of its own, which asked less than RESERVATION_TTL ago and was not
    /// rolled back.
    ///
    /// And each is left over by another login. Once its maker's start was handled, this took one
    /// too; once the start of that one's maker was handled, it took a third, and so on, until there
    /// is a login whose start took none: it has not been handled, and may never be, or was
    /// overtaken. Who takes a reservation and who made it asked within LOGIN_TIME of each other, so
    /// that no pause between all these is longer.
    ///
    /// Nor does a start take any that is at or before the floor, but no world has enough steps to
    /// raise that.
    pub(super) fn reservations(&self, now: Timestamp, times: &LeaseTimes) -> u64 {
        let expiry = |login: &Login| login.asked.after(times.reservation_ttl());
        let own = self.count(|login| expiry(login) > now && login.state != State::RolledBack);
        let mut left = 0;
        // When it asked, and how long one may be left.
        let mut later: Option<(Timestamp, Timestamp)> = None;
        for login in self.logins.iter().rev() {
            let reach = login.asked.after(login.login_time(times)).after(times.skew());
            let until = match later {
                Some((asked, until)) if asked <= reach => until,
                _ => expiry(login),
            };
            later = Some((login.asked, until));
            left += u64::from(until > now && (!login.has_started() || login.is_overtaken));
        }
        own.min(left)
    }

    /// Takes note that a message of a login has been handled.
    pub(super) fn handled(
        &mut self,
        login: usize,
        message: usize,
        effect: Effect,
        times: &LeaseTimes,
    ) {
        let Message { kind, at, .. } = self.logins[login].messages[message];
        let is_overtaken = is_start(&kind)
            && !self.logins[login].has_started()
            && self.logins.iter().any(|l| l.has_started() && l.asked > at.after(times.skew()));
        let login = &mut self.logins[login];
        login.is_overtaken |= is_overtaken;
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
    pub(super) fn log(&mut self, kind: EventKind, at: Timestamp) {
        self.messages.push(Message { kind, at, is_handled: false });
    }

    /// Whether the log names the user with such an event.
    pub(super) fn names_user(&self, kind: &EventKind) -> bool {
        self.is_legacy || is_start(kind)
    }

    fn is_held(&self) -> bool {
        matches!(self.state, State::Connecting | State::Live)
    }

    /// The longest time that it may take to become a session.
    pub(super) fn login_time(&self, times: &LeaseTimes) -> Duration {
        match self.request.phase {
            Phase::Password => times.login_time(),
            Phase::Key => times.key_login_time(),
        }
    }

    /// Whether the ledger can count its session: it knows whose it is, has not heard of its end,
    /// and has heard of it lately.
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

fn is_start(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Connected { .. })
}
