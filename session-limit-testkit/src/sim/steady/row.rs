//! The worlds of the table. The first ones showed the fault, and each says what is allowed in it.
//! The others have all rates, numbers of addresses and delays.

use std::fmt;
use std::time::Duration;

use session_limit_core::ledger::LeaseTimes;

use super::{Tally, Traffic};
use crate::sim::LedgerKind;

const HOUR: u64 = 60 * 60;

/// One world of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The logins of the user's machines, and the delay of the log.
    pub traffic: Traffic,
    /// The setting LOGIN_TIME, if it is not the default.
    pub login_time: Option<Duration>,
    /// The refusals that the lease ledger is allowed here, besides those it is allowed everywhere.
    pub allowed: Option<Allowed>,
}

/// The number of logins that may be refused although a slot is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// At most this number.
    Wrongly(u64),
    /// At most this number in a hundred logins.
    WronglyPercent(u64),
    /// At most this number that the log's delay does not explain.
    Unexplained(u64),
}

impl Allowed {
    /// Returns true if a world kept to it.
    #[must_use]
    pub fn allows(self, tally: &Tally) -> bool {
        match self {
            Self::Wrongly(most) => tally.wrongly_refused.sum() <= most,
            Self::WronglyPercent(most) => tally.wrongly_refused.sum() * 100 <= tally.logins * most,
            Self::Unexplained(most) => tally.wrongly_refused.unexplained() <= most,
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrongly(most) => write!(f, "≤ {most}"),
            Self::WronglyPercent(most) => write!(f, "≤ {most} %"),
            Self::Unexplained(0) => write!(f, "the log's delay only"),
            Self::Unexplained(most) => write!(f, "≤ {most} beyond the log's delay"),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.traffic)?;
        match self.login_time {
            Some(login_time) => write!(f, ", LOGIN_TIME {} s", login_time.as_secs_f64()),
            None => Ok(()),
        }
    }
}

impl Row {
    /// Returns the worlds in which the fault was found, with what is allowed in them.
    #[must_use]
    pub fn first() -> Vec<Self> {
        let slow = Traffic {
            rate: 0.5,
            addresses: 1,
            session: Duration::from_secs(2),
            delay: seconds((5, 6)),
            limit: 20,
            failures: 1,
            lasts: Duration::from_secs(2 * HOUR),
        };
        let long = Traffic {
            rate: 0.2,
            session: Duration::from_secs(20),
            delay: seconds((5, 30)),
            ..slow
        };
        let faultless = Traffic {
            delay: seconds((5, 60)),
            failures: 0,
            lasts: Duration::from_secs(4 * HOUR),
            ..long
        };
        let quick = Traffic { rate: 3.0, delay: seconds((2, 30)), limit: 100, ..slow };
        let row = |traffic, allowed| Self { traffic, login_time: None, allowed: Some(allowed) };
        vec![
            row(slow, Allowed::Wrongly(5)),
            row(long, Allowed::Wrongly(5)),
            row(faultless, Allowed::Unexplained(0)),
            row(quick, Allowed::WronglyPercent(15)),
            Self {
                login_time: Some(Duration::from_secs(5)),
                ..row(quick, Allowed::WronglyPercent(2))
            },
            row(Traffic { addresses: 8, ..quick }, Allowed::WronglyPercent(3)),
        ]
    }

    /// Returns worlds with all rates, numbers of addresses and delays, each with a tight and a wide
    /// limit. The lengths of sessions and the failed logins take turns.
    #[must_use]
    pub fn further() -> Vec<Self> {
        let mut rows = Vec::new();
        for rate in [0.2, 0.5, 1.0, 3.0, 5.0] {
            for addresses in [1, 8] {
                for delay in [(5, 6), (5, 30), (5, 60), (2, 30), (2, 120)] {
                    let turn = rows.len() / 2;
                    let session: u32 = [2, 20, 60][turn % 3];
                    let mean = rate * (f64::from(session) + 0.65); // of those live or connecting
                    let tight = (mean + mean.sqrt()).ceil() as u32 + 1;
                    let wide = ((10.0 * mean).ceil() as u32).max(20);
                    rows.extend([tight, wide].map(|limit| Self {
                        traffic: Traffic {
                            rate,
                            addresses,
                            session: Duration::from_secs(session.into()),
                            delay: seconds(delay),
                            limit,
                            failures: if turn.is_multiple_of(2) { 1 } else { 0 },
                            lasts: Duration::from_secs(2 * HOUR),
                        },
                        login_time: None,
                        allowed: None,
                    }));
                }
            }
        }
        rows
    }

    /// Returns the times of leases in this world.
    #[must_use]
    pub fn times(&self, times: LeaseTimes) -> LeaseTimes {
        self.login_time.map_or(times, |login_time| times.with_login_time(login_time))
    }

    /// Returns the breaches of what a ledger promises, each with the name of the rule in
    /// SEMANTICS.md.
    #[must_use]
    pub fn breaches(&self, ledger: LedgerKind, tally: &Tally) -> Vec<String> {
        let mut breaches = Vec::new();
        let mut check = |is_kept: bool, breach: String| {
            if !is_kept {
                breaches.push(breach);
            }
        };
        if ledger == LedgerKind::Naive {
            return breaches; // it promises nothing
        }
        let Tally { above_limit, uncovered, exceeded, wrongly_refused, .. } = tally;
        check(*above_limit == 0, format!("S2: {above_limit} admitted above the limit"));
        check(*uncovered == 0, format!("S1: up to {uncovered} sessions not counted"));
        if ledger == LedgerKind::Lease {
            let (most, seconds) = (exceeded.most, exceeded.seconds);
            let breach = format!("L1: up to {most} more slots held for nobody, for {seconds} s");
            check(most == 0, breach);
            let (sum, unexplained) = (wrongly_refused.sum(), wrongly_refused.unexplained());
            let breach = format!(
                "L3: {sum} refused although a slot was free, {unexplained} beyond the log's delay"
            );
            check(self.allowed.is_none_or(|allowed| allowed.allows(tally)), breach);
        }
        breaches
    }
}

fn seconds((shortest, longest): (u64, u64)) -> (Duration, Duration) {
    (Duration::from_secs(shortest), Duration::from_secs(longest))
}
