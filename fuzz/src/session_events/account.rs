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
    Over,
}

/// What the log says of a session.
pub(super) struct Message {
    pub(super) kind: EventKind,
    pub(super) at: Timestamp,
    pub(super) is_handled: bool,
}

impl Account {
    /// Those who hold a session or may still get one.
    pub(super) fn held(&self) -> u32 {
        let held = self.logins.iter().filter(|login| login.state != State::Over).count();
        u32::try_from(held).expect("there are few logins")
    }
}

impl Login {
    pub(super) fn log(&mut self, kind: EventKind, at: Timestamp) {
        self.messages.push(Message { kind, at, is_handled: false });
    }

    /// Whether the ledger knows that the session is over: its start and its end were handled.
    pub(super) fn is_known_to_be_over(&self) -> bool {
        let handled = |is_kind: fn(&EventKind) -> bool| {
            self.messages.iter().any(|message| message.is_handled && is_kind(&message.kind))
        };
        handled(|kind| matches!(kind, EventKind::Connected { .. }))
            && handled(|kind| *kind == EventKind::Ended)
    }
}
