//! The nature of an interleaving, and the truth about its logins and messages.

use std::time::Duration;

use session_limit_core::event::SessionEvent;
use session_limit_core::ledger::AdmissionRequest;
use session_limit_core::names::SessionId;
use session_limit_core::time::Timestamp;

/// The nature of an interleaving: the bounds that it keeps to, and what may happen in it.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    pub limits: (u32, u32),
    pub login_time: Duration,
    pub reservation_ttl: Duration,
    pub session_ttl: Duration,
    pub skew: Duration,
    /// Handlers crash, replies get lost, admitted clients vanish.
    pub faults: bool,
    /// Logins come by key as well as by password.
    pub keys: bool,
    /// A refusal writes nothing; a counter's takes back what it wrote.
    pub quiet_refusals: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Asking,
    /// Its slot is taken, but it does not know yet.
    Admitted,
    Connecting,
    Live,
    Over,
}

pub struct Login {
    pub request: AdmissionRequest,
    pub state: State,
    /// The caller's clock when it asked.
    pub asked: Timestamp,
    pub session: SessionId,
    /// The true time of the latest event of the session that has been handled.
    pub heard: Timestamp,
}

pub struct Message {
    pub event: SessionEvent,
    pub login: usize,
    pub deliveries: u32,
    pub handled: bool,
}
