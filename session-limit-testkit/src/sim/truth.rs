//! The truth: every call of the identity provider, and every session that is live or will be.

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
    /// The random numbers for its fate, which nothing else draws.
    pub(super) rng: Rng,
}

/// One call of the identity provider, and the session it became. Its number is its place among all
/// calls. The ledger knows that number as the token of the login and as the id of the session.
pub(super) struct Call {
    pub(super) user: usize,
    pub(super) attempt: usize,
    pub(super) phase: Phase,
    pub(super) address: IpAddr,
    pub(super) limit: u32,
    pub(super) asked: u64,
    /// The time at which it was asked, by the clock of the host that answers.
    pub(super) clock: Timestamp,
    /// True if it only looked whether a slot is free.
    pub(super) looked: bool,
    pub(super) state: State,
    pub(super) ended: u64,
    pub(super) start_handled: bool,
    pub(super) end_handled: Option<u64>,
    /// True if no delivery of its end is left to come.
    pub(super) end_lost: bool,
    /// The time of the latest event that the ledger took note of, by the log's clock.
    pub(super) heard: u64,
    /// The time of the latest event that any handler was told of, whatever became of it.
    pub(super) told: u64,
    /// True if its session record was evicted, so that its end names nobody.
    pub(super) record_lost: bool,
    /// True if nothing but its start and end is ever logged.
    pub(super) silent: bool,
    /// The reason why the unit of this call is no longer in its counter's number.
    pub(super) uncounted: Option<&'static str>,
    /// The judgement on a refusal of the counter that is being taken back.
    pub(super) refusal: Option<Refusal>,
    /// True if it has been reported that nothing covered it.
    pub(super) told_uncovered: bool,
    /// True if it has been reported that its lease was overdue.
    pub(super) told_overdue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Asked,
    /// It will never be a session: it was refused, failed, vanished, or its handler crashed.
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

/// The judgement on a refusal, by the truth.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Right,
    False(&'static str),
}

impl Call {
    /// The class of its reservation. Reservations of one class are interchangeable.
    pub(super) fn class(&self) -> (Phase, IpAddr) {
        (self.phase, self.address)
    }
}

/// The truth about one user.
#[derive(Default)]
pub(super) struct Held {
    /// The calls that hold a session or will get one.
    pub(super) calls: Vec<usize>,
    /// The time at which the ledger's state of this user was last lost.
    pub(super) lost: Option<u64>,
    /// The time at which a start was last handled whose reservation had expired.
    pub(super) late_start: Option<u64>,
    /// Admissions over the limit of which no overdraft has been reported yet.
    pub(super) over: Vec<Over>,
}

/// An admission over the limit whose session still lasts.
pub(super) struct Over {
    pub(super) call: usize,
    /// The calls that held a session then, the one admitted included.
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
