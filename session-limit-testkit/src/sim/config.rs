//! The settings of a simulated world, and the ledgers it may run on.

use std::str::FromStr;

use session_limit_core::ledger::{KeyPhase, LeaseTimes};

use super::Faults;

/// The settings of a simulated world.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Number of days that the world runs.
    pub days: u32,
    /// Number of users, on all servers together.
    pub users: u32,
    /// The faults that happen.
    pub faults: Faults,
    /// The ledger that decides.
    pub ledger: LedgerKind,
    /// The effect of key-phase logins on the limit.
    pub key_phase: KeyPhase,
    /// The times of leases.
    pub times: LeaseTimes,
    /// True if faults and logins stop after those days, and everything has to drain.
    pub drains: bool,
}

impl Config {
    /// The command that runs one world of these settings.
    #[must_use]
    pub fn replay(&self, seed: u64) -> String {
        let Self { days, users, faults, ledger, key_phase, times: _, drains } = self;
        let key_phase = match key_phase {
            KeyPhase::Auto => "auto",
            KeyPhase::Strict => "strict",
            KeyPhase::Check => "check",
        };
        let drain = if *drains { "" } else { " --no-drain" };
        format!(
            "cargo xtask simulate --seed {seed} --days {days} --users {users} --faults {faults} \
             --ledger {} --key-phase {key_phase}{drain}",
            ledger.name()
        )
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            days: 7,
            users: 200,
            faults: Faults::all(),
            ledger: LedgerKind::Lease,
            key_phase: KeyPhase::Auto,
            times: LeaseTimes::default(),
            drains: false,
        }
    }
}

/// The ledger that a world runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerKind {
    /// The lease ledger.
    Lease,
    /// The counter ledger.
    Counter,
    /// The published algorithm, as a control.
    Naive,
}

impl LedgerKind {
    /// Every ledger, by its name.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Lease, "lease"), (Self::Counter, "counter"), (Self::Naive, "naive")];

    /// The name of the ledger.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for LedgerKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(_, name)| *name == text);
        known.map(|(kind, _)| *kind).ok_or_else(|| "expected lease, counter or naive".to_owned())
    }
}
