//! What a world of steady machines tells.

use serde::Serialize;

/// What one world of steady machines told.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Logins.
    pub logins: u64,
    /// Those that were admitted.
    pub admitted: u64,
    /// Those that were admitted while as many sessions were live or about to be as the limit allows.
    pub above_limit: u64,
    /// Those that were refused while as many sessions were live or about to be as the limit allows.
    pub rightly_refused: u64,
    /// Those that were refused although a slot was free.
    pub wrongly_refused: WronglyRefused,
    /// Slots that the ledger counts, less the sessions that are live or about to be.
    pub for_nobody: ForNobody,
    /// How far that was above what the lease ledger promises (L1).
    pub exceeded: Exceeded,
    /// The most sessions, live or about to be, that the ledger did not count.
    pub uncovered: u32,
    /// Slots over time.
    #[serde(skip)]
    pub points: Vec<Point>,
}

/// Refusals that the truth did not need, by their cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WronglyRefused {
    /// No ledger could know better: with the sessions that have ended and of which a message is
    /// still under way, the limit is reached.
    pub log_delay: u64,
    /// The limit is reached if the failed logins of the last RESERVATION_TTL are added.
    pub failed_logins: u64,
    /// The limit is not reached even then.
    pub beyond: u64,
}

impl WronglyRefused {
    /// All of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.log_delay + self.unexplained()
    }

    /// Those that the log's delay does not explain.
    #[must_use]
    pub fn unexplained(&self) -> u64 {
        self.failed_logins + self.beyond
    }
}

/// Slots that are held for nobody, by user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ForNobody {
    /// The most at once.
    pub most: u32,
    /// The mean over time.
    pub mean: f64,
}

/// How far a bound was exceeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exceeded {
    /// The most slots above it at once; 0 if it was kept.
    pub most: u32,
    /// For how long it was exceeded, in seconds.
    pub seconds: u64,
}

/// Slots at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Seconds since the start.
    pub second: u32,
    /// Sessions that are live or about to be.
    pub held: u32,
    /// What the ledger counts.
    pub counted: u32,
}
