//! The figures of a world of steady machines.

use serde::Serialize;

/// The figures of one world of steady machines.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Number of logins.
    pub logins: u64,
    /// Number of logins that were admitted.
    pub admitted: u64,
    /// Number of logins that were admitted while as many sessions were live or about to be as the
    /// limit allows.
    pub above_limit: u64,
    /// Number of logins that were refused while as many sessions were live or about to be as the
    /// limit allows.
    pub rightly_refused: u64,
    /// Logins that were refused although a slot was free.
    pub wrongly_refused: WronglyRefused,
    /// Slots that the ledger counts, less the sessions that are live or about to be.
    pub for_nobody: ForNobody,
    /// The slots for nobody above what the lease ledger promises (L1).
    pub exceeded: Exceeded,
    /// The largest number of sessions, live or about to be, that the ledger did not count.
    pub uncovered: u32,
    /// The slots over time.
    #[serde(skip)]
    pub points: Vec<Point>,
}

/// Numbers of refusals that the truth did not need, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WronglyRefused {
    /// Number of refusals that no ledger could avoid. The limit is reached with the sessions that
    /// have ended and of which a message is still under way.
    pub log_delay: u64,
    /// Number of refusals where the limit is reached only with the failed logins of the last
    /// RESERVATION_TTL.
    pub failed_logins: u64,
    /// Number of refusals where the limit is not reached even then.
    pub beyond: u64,
}

impl WronglyRefused {
    /// Returns the number of all of them.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.log_delay + self.unexplained()
    }

    /// Returns the number of those that the log's delay does not explain.
    #[must_use]
    pub fn unexplained(&self) -> u64 {
        self.failed_logins + self.beyond
    }
}

/// Slots that are held for nobody, by user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ForNobody {
    /// The largest number at once.
    pub most: u32,
    /// The mean over time.
    pub mean: f64,
}

/// The extent to which a bound was exceeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exceeded {
    /// The largest number of slots above it at once; 0 if it was kept.
    pub most: u32,
    /// The time for which it was exceeded, in seconds.
    pub seconds: u64,
}

/// The slots at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Number of seconds since the start.
    pub second: u32,
    /// Number of sessions that are live or about to be.
    pub held: u32,
    /// Number of slots that the ledger counts.
    pub counted: u32,
}
