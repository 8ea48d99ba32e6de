//! How one user's machines log in, and how late the log tells of it.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;

use crate::sim::attempts::exponential;
use crate::sim::leases::millis;

/// How long a client takes from its login to its session, in milliseconds.
const CONNECT_TIME: RangeInclusive<u64> = 300..=1_000;

/// What one user's machines do, and how late the log tells of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Logins a second on average. They come at random, independent of each other.
    pub rate: f64,
    /// How many addresses they come from, each from any of them.
    pub addresses: u8,
    /// How long a session lasts.
    pub session: Duration,
    /// The shortest and the longest time from an event to the handling of its message.
    pub delay: (Duration, Duration),
    /// How many sessions the user may hold at once.
    pub limit: u32,
    /// How many in a hundred logins are admitted and never become a session.
    pub failures: u8,
    /// How long this goes on.
    pub lasts: Duration,
}

/// One login, and what becomes of it if it is admitted. Times are in milliseconds.
pub(super) struct Login {
    pub(super) address: u8,
    pub(super) fails: bool,
    /// From the login to the start of its session.
    pub(super) connect_time: u64,
    /// From the start of its session to the handling of the message that tells of it.
    pub(super) start_delay: u64,
    /// The same of its end.
    pub(super) end_delay: u64,
}

impl Traffic {
    /// How long it takes until the next login comes, in milliseconds.
    pub(super) fn pause(&self, rng: &mut Rng) -> u64 {
        exponential(1_000.0 / self.rate, rng) as u64
    }

    /// The next login. All is drawn at once, so that other ledgers see the same logins.
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

/// One address and two hours are not said.
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
