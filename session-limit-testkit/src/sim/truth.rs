//! What is really so: every call of the identity provider, and who holds or will get a session.

use std::net::IpAddr;

use session_limit_core::login::Phase;

use super::attempts::Step;

/// One client's attempt to log in.
pub(super) struct Attempt {
    pub(super) user: usize,
    pub(super) steps: Vec<Step>,
    pub(super) step: usize,
    pub(super) address: IpAddr,
    pub(super) session_length: u64,
    pub(super) is_stranger: bool,
}

/// One call of the identity provider, and the session it became.
pub(super) struct Call {
    pub(super) user: usize,
    pub(super) attempt: usize,
    pub(super) phase: Phase,
    pub(super) address: IpAddr,
    pub(super) limit: u32,
    pub(super) asked: u64,
    /// It only looked whether a slot is free.
    pub(super) looked: bool,
    pub(super) state: State,
    /// Whether the start has been handled, and when it was last heard of by the ledger.
    pub(super) start_handled: bool,
    pub(super) heard: u64,
    pub(super) end_handled: bool,
    /// No delivery of the end is left to come.
    pub(super) end_lost: bool,
    /// Its session record was evicted, so its end names nobody.
    pub(super) record_lost: bool,
    /// Nothing but its start and end is ever logged.
    pub(super) silent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Asked,
    /// Refused, failed, vanished, or crashed on: it will never be a session.
    Failed,
    /// It will be a session soon.
    Connecting,
    Live,
    Ended,
}

/// What is really so with one user.
#[derive(Default)]
pub(super) struct Held {
    /// The calls that hold a session or will get one.
    pub(super) calls: Vec<usize>,
    /// When the ledger's state of this user was last lost.
    pub(super) lost: Option<u64>,
    /// Sessions over the limit whose session still lasts: their calls, and where they are counted.
    pub(super) over: Vec<Over>,
    /// Ends that were counted twice, where that is possible.
    pub(super) double_ends: u32,
}

/// An admission over the limit that is still of consequence.
pub(super) struct Over {
    pub(super) call: usize,
    pub(super) cause: &'static str,
}

impl Held {
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.calls.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn release(&mut self, call: usize) {
        self.calls.retain(|held| *held != call);
    }
}
