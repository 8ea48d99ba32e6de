//! The logins of one user's machines, and the delay of the log.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;

use crate::sim::attempts::exponential;
use crate::sim::time::millis;

/// The time from a login to its session, in milliseconds.
const CONNECT_TIME: RangeInclusive<u64> = 300..=1_000;

/// The logins of one user's machines, and the delay of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Number of logins a second, on average. They come at random, independent of each other.
    pub rate: f64,
    /// Number of addresses. Each login comes from any of them.
    pub addresses: u8,
    /// The length of a session.
    pub session: Duration,
    /// The shortest and the longest time from an event to the handling of its message.
    pub delay: (Duration, Duration),
    /// The number of sessions that the user may hold at once.
    pub limit: u32,
    /// The number of logins in a hundred that are admitted and never become a session.
    pub failures: u8,
    /// The time that this goes on.
    pub lasts: Duration,
}

/// A login, and its fate if it is admitted. Times are in milliseconds.
pub(super) struct Login {
    pub(super) address: u8,
    pub(super) fails: bool,
    /// The time from the login to the start of its session.
    pub(super) connect_time: u64,
    /// The time from the start of its session to the handling of the message that tells of it.
    pub(super) start_delay: u64,
    /// The time from the end of its session to the handling of the message that tells of it.
    pub(super) end_delay: u64,
}

impl Traffic {
    /// Draws the time until the next login comes, in milliseconds.
    pub(super) fn pause(&self, rng: &mut Rng) -> u64 {
        exponential(1_000.0 / self.rate, rng) as u64
    }

    /// Draws the next login. All is drawn at once, so that other ledgers see the same logins.
    pub(super) fn login(&self, rng: &mut Rng) -> Login {
        let delay = millis(self.delay.0)..=millis(self.delay.1);
        Login {
            address: rng.u8(0..self.addresses),
            fails: rng.u8(0..100) < self.failures,
            connect_time: rng.u64(CONNECT_TIME),
            start_delay: rng.u64(delay.clone()),
            end_delay: rng.u64(delay),
        }
    }
}

/// Leaves out one address and a duration of two hours, which are the defaults.
impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, addresses, session, delay, limit, failures, lasts } = self;
        let [session, shortest, longest] =
            [*session, delay.0, delay.1].map(|time| time.as_secs_f64());
        write!(f, "{rate}/s for {session} s, log {shortest}–{longest} s late, limit {limit}")?;
        write!(f, ", {failures} % fail")?;
        if *addresses != 1 {
            write!(f, ", {addresses} addresses")?;
        }
        match lasts.as_secs() / 60 {
            120 => Ok(()),
            minutes if minutes.is_multiple_of(60) => write!(f, ", {} h", minutes / 60),
            minutes => write!(f, ", {minutes} min"),
        }
    }
}
