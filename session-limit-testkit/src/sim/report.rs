//! The report of a simulation.

use std::collections::BTreeMap;

use serde::Serialize;
use session_limit_core::ledger::KeyPhase;

use super::causes::UNEXPLAINED;
use super::{Config, Fault, LedgerKind};

/// The results of one or several simulations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// Number of simulations in this report.
    pub runs: u64,
    /// Number of attempts to log in.
    pub logins: u64,
    /// Number of attempts that came while the user held sessions and at most one slot was free.
    pub logins_near_limit: u64,
    /// Number of calls of the ledger for them.
    pub calls: u64,
    /// Number of sessions.
    pub sessions: u64,
    /// Admissions above the limit, by cause.
    pub over_admissions: BTreeMap<&'static str, OverAdmissions>,
    /// Admissions above the limit that became no session, by cause.
    pub admitted_in_vain: BTreeMap<&'static str, u64>,
    /// Sessions, and logins that became sessions, that no lease covered for a time, by cause.
    pub uncovered: BTreeMap<&'static str, u64>,
    /// Refusals that the truth did not need, by cause.
    pub false_refusals: BTreeMap<&'static str, u64>,
    /// Refusals that the truth needed.
    pub right_refusals: u64,
    /// Slots taken for nothing, by cause. They are counted every hour.
    pub stuck: BTreeMap<&'static str, Stuck>,
    /// Number of sessions that the ledger did not count, added up every hour.
    pub uncounted_hours: u64,
    /// Slots taken for nothing for longer than the lease ledger promises, by cause.
    pub overdue: BTreeMap<&'static str, Overdue>,
    /// Number of operations of the store: for calls, and for log messages.
    pub store_operations: (u64, u64),
    /// Number of log messages handled.
    pub messages: u64,
    /// Number of times that each thing happened that should happen in a good test.
    pub sometimes: BTreeMap<&'static str, u64>,
    /// The sessions over time.
    #[serde(skip)]
    pub samples: Vec<Sample>,
}

/// Admissions above the limit that have one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OverAdmissions {
    /// Number of such admissions.
    pub count: u64,
    /// The largest number of sessions above the limit at once.
    pub most: u32,
    /// Number of them of which an overdraft was reported while the session lasted.
    pub reported: u64,
}

/// Slots taken for nothing that have one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stuck {
    /// Number of slots, each times the hours that it was taken.
    pub slot_hours: u64,
    /// The largest number of slots of one user at once.
    pub most: u32,
    /// The longest time that one was seen to be taken for nothing, in seconds.
    pub longest: u64,
}

/// Slots that were taken for nothing for too long and have one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// Number of such slots.
    pub count: u64,
    /// The longest time that one was seen to be taken for nothing, in seconds.
    pub longest: u64,
}

/// The sessions of all users at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Number of hours since the start.
    pub hour: u32,
    /// Number of sessions held, or about to be.
    pub held: u32,
    /// Number of slots that the ledger counts.
    pub counted: u32,
}

impl Report {
    /// The things that a good test must have seen, with the faults that each of them needs. If a
    /// number is 0, the run was too weak.
    const SOMETIMES: [(&'static str, &'static [Fault]); 6] = [
        ("overdraft reported", &[Fault::Limits]),
        ("swap lost", &[]),
        ("start after its end", &[Fault::Delay]),
        ("duplicate handled", &[Fault::Duplicates]),
        ("handler crashed", &[Fault::Crashes]),
        ("outcome unknown", &[Fault::LostReplies]),
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
        self.store_operations.0 += other.store_operations.0;
        self.store_operations.1 += other.store_operations.1;
        self.messages += other.messages;
        for (cause, over) in &other.over_admissions {
            let sum = self.over_admissions.entry(cause).or_default();
            sum.count += over.count;
            sum.most = sum.most.max(over.most);
            sum.reported += over.reported;
        }
        add(&mut self.admitted_in_vain, &other.admitted_in_vain);
        add(&mut self.uncovered, &other.uncovered);
        add(&mut self.false_refusals, &other.false_refusals);
        add(&mut self.sometimes, &other.sometimes);
        for (cause, stuck) in &other.stuck {
            let sum = self.stuck.entry(cause).or_default();
            sum.slot_hours += stuck.slot_hours;
            sum.most = sum.most.max(stuck.most);
            sum.longest = sum.longest.max(stuck.longest);
        }
        for (cause, overdue) in &other.overdue {
            let sum = self.overdue.entry(cause).or_default();
            sum.count += overdue.count;
            sum.longest = sum.longest.max(overdue.longest);
        }
        if self.samples.is_empty() {
            self.samples.clone_from(&other.samples);
        }
    }

    /// Returns the number of admissions above the limit, whatever the cause.
    #[must_use]
    pub fn over_admitted(&self) -> u64 {
        self.over_admissions.values().map(|over| over.count).sum()
    }

    /// Returns the number of refusals that the truth did not need, whatever the cause.
    #[must_use]
    pub fn falsely_refused(&self) -> u64 {
        self.false_refusals.values().sum()
    }

    /// Returns the number of slots taken for nothing for longer than the lease ledger promises,
    /// whatever the cause.
    #[must_use]
    pub fn overdue_slots(&self) -> u64 {
        self.overdue.values().map(|overdue| overdue.count).sum()
    }

    /// Returns the things that ought to have happened in a world of `config` and never did. If
    /// there is one, the run was too weak.
    #[must_use]
    pub fn never(&self, config: &Config) -> Vec<&'static str> {
        if config.ledger != LedgerKind::Lease {
            return Vec::new();
        }
        Self::SOMETIMES
            .into_iter()
            .filter(|(_, faults)| faults.iter().all(|fault| config.faults.has(*fault)))
            .map(|(name, _)| name)
            .filter(|name| !self.sometimes.contains_key(name))
            .collect()
    }

    /// Returns the breaches of what the ledger of `config` promises, each with the name of the rule
    /// in SEMANTICS.md.
    #[must_use]
    pub fn breaches(&self, config: &Config) -> Vec<String> {
        let is_exact = match config.ledger {
            LedgerKind::Lease => config.key_phase == KeyPhase::Strict,
            LedgerKind::Counter => true,
            LedgerKind::Naive => return Vec::new(), // it promises nothing
        } && config.faults.break_no_assumption();
        let over = self.over_admissions.iter().map(|(cause, over)| (*cause, over.count));
        let in_vain = self.admitted_in_vain.iter().map(|(cause, count)| (*cause, *count));
        let mut breaches = vec![
            ("S2: admitted above the limit", summed(over, |cause| is_exact || is_odd(cause))),
            (
                "S2: admitted above the limit, if to no avail",
                summed(in_vain, |cause| is_exact || is_odd(cause)),
            ),
        ];
        if config.ledger == LedgerKind::Lease {
            let uncovered = self.uncovered.iter().map(|(cause, count)| (*cause, *count));
            let refused = self.false_refusals.iter().map(|(cause, count)| (*cause, *count));
            let overdue = self.overdue.iter().map(|(cause, overdue)| (*cause, overdue.count));
            breaches.extend([
                ("S1: not covered by a lease", summed(uncovered, |c| is_exact || is_odd(c))),
                ("L1: a slot taken for longer than promised", summed(overdue, |_| true)),
                ("L3: refused for no reason", summed(refused, is_odd)),
            ]);
        }
        let kept = |(_, causes): &(&str, String)| causes.is_empty();
        breaches.retain(|breach| !kept(breach));
        breaches.into_iter().map(|(rule, causes)| format!("{rule}: {causes}")).collect()
    }
}

fn is_odd(cause: &str) -> bool {
    cause == UNEXPLAINED
}

/// A text that says how often things happened that must not; empty if none did.
fn summed(
    causes: impl Iterator<Item = (&'static str, u64)>,
    must_not_happen: impl Fn(&str) -> bool,
) -> String {
    let counted = causes.filter(|(cause, count)| *count > 0 && must_not_happen(cause));
    counted.map(|(cause, count)| format!("{count} × {cause}")).collect::<Vec<_>>().join(", ")
}

fn add(sums: &mut BTreeMap<&'static str, u64>, others: &BTreeMap<&'static str, u64>) {
    for (name, count) in others {
        *sums.entry(name).or_default() += count;
    }
}
