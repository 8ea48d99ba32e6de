//! What is really so: every call of the identity provider, and who holds or will get a session.

use std::net::IpAddr;

use fastrand::Rng;
use session_limit_core::login::Phase;
use session_limit_core::time::Timestamp;

use super::attempts::Step;

/// One client's attempt to log in.
pub(super) struct Attempt {
    pub(super) user: usize,
    pub(super) steps: Vec<Step>,
    pub(super) step: usize,
    pub(super) address: IpAddr,
    pub(super) session_length: u64,
    pub(super) is_stranger: bool,
    /// What becomes of it, whatever befalls others.
    pub(super) rng: Rng,
}

/// One call of the identity provider, and the session it became. Its number is its place among
/// all calls; the ledger knows it as the token of the login and as the id of the session.
pub(super) struct Call {
    pub(super) user: usize,
    pub(super) attempt: usize,
    pub(super) phase: Phase,
    pub(super) address: IpAddr,
    pub(super) limit: u32,
    pub(super) asked: u64,
    /// When it was asked by the clock of the host that answers.
    pub(super) clock: Timestamp,
    /// It only looked whether a slot is free.
    pub(super) looked: bool,
    pub(super) state: State,
    pub(super) ended: u64,
    pub(super) start_handled: bool,
    pub(super) end_handled: Option<u64>,
    /// No delivery of the end is left to come.
    pub(super) end_lost: bool,
    /// The latest event that the ledger took note of, by the log's clock.
    pub(super) heard: u64,
    /// The latest event that any handler was told of, whatever became of it.
    pub(super) told: u64,
    /// Its session record was evicted, so its end names nobody.
    pub(super) record_lost: bool,
    /// Nothing but its start and end is ever logged.
    pub(super) silent: bool,
    /// Where a number is kept: why the one that stood for this call is no longer in it.
    pub(super) uncounted: Option<&'static str>,
    /// Where a number is kept: what is known of a refusal that is being taken back.
    pub(super) refusal: Option<Refusal>,
    /// It has been reported that nothing covered it.
    pub(super) told_uncovered: bool,
    /// It has been reported that its lease was overdue.
    pub(super) told_overdue: bool,
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

impl State {
    pub(super) fn holds(self) -> bool {
        matches!(self, Self::Connecting | Self::Live)
    }
}

/// How the truth judges a refusal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Right,
    False(&'static str),
}

impl Call {
    /// Reservations of one class are interchangeable.
    pub(super) fn class(&self) -> (Phase, IpAddr) {
        (self.phase, self.address)
    }
}

/// What is really so with one user.
#[derive(Default)]
pub(super) struct Held {
    /// The calls that hold a session or will get one.
    pub(super) calls: Vec<usize>,
    /// When the ledger's state of this user was last lost.
    pub(super) lost: Option<u64>,
    /// When a start was last handled whose reservation had expired.
    pub(super) late_start: Option<u64>,
    /// Admissions over the limit of which no overdraft has been reported yet.
    pub(super) over: Vec<Over>,
}

/// An admission over the limit whose session still lasts.
pub(super) struct Over {
    pub(super) call: usize,
    /// Who held a session then, the one admitted included.
    pub(super) held: Vec<usize>,
    pub(super) cause: &'static str,
}

impl Held {
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.calls.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn release(&mut self, call: usize) {
        self.calls.retain(|held| *held != call);
        self.over.retain(|over| over.call != call);
    }
}
