//! What is really so of one user of one server.

use session_limit_core::event::EventKind;
use session_limit_core::ledger::AdmissionRequest;
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
    /// Of the latest event that has been handled.
    pub(super) heard: Timestamp,
    pub(super) messages: Vec<Message>,
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
    pub(super) names_user: bool,
    pub(super) is_handled: bool,
}

impl Account {
    /// Those who hold a session or may still get one.
    pub(super) fn held(&self) -> u32 {
        let held = self.logins.iter().filter(|login| login.is_held()).count();
        u32::try_from(held).expect("there are few logins")
    }

    /// Those who were never given back, neither by a roll-back nor by the end of a session of which
    /// it is known whose it was.
    pub(super) fn unreleased(&self) -> u64 {
        self.logins.iter().filter(|login| !login.is_released()).count() as u64
    }
}

impl Login {
    pub(super) fn log(&mut self, kind: EventKind, at: Timestamp, names_user: bool) {
        self.messages.push(Message { kind, at, names_user, is_handled: false });
    }

    fn is_held(&self) -> bool {
        matches!(self.state, State::Connecting | State::Live)
    }

    /// Whether the ledger knows that the session is over: its start and its end were handled.
    pub(super) fn is_known_to_be_over(&self) -> bool {
        self.has_handled(|message| matches!(message.kind, EventKind::Connected { .. }))
            && self.has_handled(|message| message.kind == EventKind::Ended)
    }

    fn is_released(&self) -> bool {
        let is_ended = self.has_handled(|message| message.kind == EventKind::Ended)
            && self.has_handled(|message| message.names_user);
        is_ended || self.state == State::RolledBack
    }

    fn has_handled(&self, is_meant: fn(&Message) -> bool) -> bool {
        self.messages.iter().any(|message| message.is_handled && is_meant(message))
    }
}
