//! What a simulation tells.

use std::collections::BTreeMap;

use serde::Serialize;
use session_limit_core::ledger::KeyPhase;

use super::causes::UNEXPLAINED;
use super::{Config, LedgerKind};

/// What one or several simulations told.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Simulations in this report.
    pub runs: u64,
    /// Attempts to log in.
    pub logins: u64,
    /// Those that came while the user held as many sessions as the limit less one, or more.
    pub logins_near_limit: u64,
    /// Calls of the ledger for them.
    pub calls: u64,
    /// Sessions.
    pub sessions: u64,
    /// Admissions above the limit, by cause.
    pub over_admissions: BTreeMap<&'static str, OverAdmissions>,
    /// Refusals that the truth did not need, by cause.
    pub false_refusals: BTreeMap<&'static str, u64>,
    /// Refusals that the truth needed.
    pub right_refusals: u64,
    /// Slots taken for nothing, by cause, looked at every hour.
    pub stuck: BTreeMap<&'static str, Stuck>,
    /// Sessions that were not counted, looked at every hour.
    pub uncounted_hours: u64,
    /// Slots taken for nothing for longer than is promised.
    pub stuck_beyond_bounds: u64,
    /// Operations of the store for calls, and for log messages.
    pub store_operations: (u64, u64),
    /// Log messages handled.
    pub messages: u64,
    /// How often what should happen in a good test did happen.
    pub sometimes: BTreeMap<&'static str, u64>,
    /// Sessions over time.
    #[serde(skip)]
    pub samples: Vec<Sample>,
}

/// Admissions above the limit that have one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OverAdmissions {
    /// How many.
    pub count: u64,
    /// The most sessions above the limit at once.
    pub most: u32,
    /// Those of which an overdraft was reported while the session lasted.
    pub reported: u64,
}

/// Slots taken for nothing that have one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// Slots times hours.
    pub slot_hours: u64,
    /// The most slots of one user at once.
    pub most: u32,
}

/// All users at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Hours since the start.
    pub hour: u32,
    /// Sessions held, or about to be.
    pub held: u32,
    /// What the ledger counts.
    pub counted: u32,
}

impl Report {
    /// What a good test must have seen: where a figure is 0, the run was too weak.
    pub const SOMETIMES: [&'static str; 6] = [
        "overdraft reported",
        "swap lost",
        "start after its end",
        "duplicate handled",
        "handler crashed",
        "outcome unknown",
    ];

    /// Adds another report.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.logins += other.logins;
        self.logins_near_limit += other.logins_near_limit;
        self.calls += other.calls;
        self.sessions += other.sessions;
        self.right_refusals += other.right_refusals;
        self.uncounted_hours += other.uncounted_hours;
        self.stuck_beyond_bounds += other.stuck_beyond_bounds;
        self.store_operations.0 += other.store_operations.0;
        self.store_operations.1 += other.store_operations.1;
        self.messages += other.messages;
        for (cause, over) in &other.over_admissions {
            let sum = self.over_admissions.entry(cause).or_default();
            sum.count += over.count;
            sum.most = sum.most.max(over.most);
            sum.reported += over.reported;
        }
        for (cause, count) in &other.false_refusals {
            *self.false_refusals.entry(cause).or_default() += count;
        }
        for (cause, stuck) in &other.stuck {
            let sum = self.stuck.entry(cause).or_default();
            sum.slot_hours += stuck.slot_hours;
            sum.most = sum.most.max(stuck.most);
        }
        for (name, count) in &other.sometimes {
            *self.sometimes.entry(name).or_default() += count;
        }
        if self.samples.is_empty() {
            self.samples.clone_from(&other.samples);
        }
    }

    /// Admissions above the limit, whatever the cause.
    #[must_use]
    pub fn over_admitted(&self) -> u64 {
        self.over_admissions.values().map(|over| over.count).sum()
    }

    /// Refusals that the truth did not need, whatever the cause.
    #[must_use]
    pub fn falsely_refused(&self) -> u64 {
        self.false_refusals.values().sum()
    }

    /// Which of [`Self::SOMETIMES`] never happened.
    #[must_use]
    pub fn never(&self) -> Vec<&'static str> {
        let happened = |name: &&str| self.sometimes.get(*name).is_some_and(|count| *count > 0);
        Self::SOMETIMES.into_iter().filter(|name| !happened(name)).collect()
    }

    /// What happened that the ledger of `config` promises not to let happen.
    #[must_use]
    pub fn breaches(&self, config: &Config) -> Vec<String> {
        let mut breaches = Vec::new();
        let mut check = |count: u64, what: &str| {
            if count > 0 {
                breaches.push(format!("{count} {what}"));
            }
        };
        let unexplained = self.over_admissions.get(UNEXPLAINED).map_or(0, |over| over.count);
        let is_exact = match config.ledger {
            LedgerKind::Lease => config.key_phase == KeyPhase::Strict,
            LedgerKind::Counter => true,
            LedgerKind::Naive => return breaches, // it promises nothing
        };
        if is_exact && config.faults.break_no_assumption() {
            check(self.over_admitted(), "admissions above the limit");
        } else {
            check(unexplained, "admissions above the limit that nothing explains");
        }
        if config.ledger == LedgerKind::Lease {
            let unexplained = self.false_refusals.get(UNEXPLAINED).copied().unwrap_or(0);
            check(unexplained, "refusals that nothing explains");
            check(self.stuck_beyond_bounds, "slots taken for longer than promised");
        }
        breaches
    }
}
