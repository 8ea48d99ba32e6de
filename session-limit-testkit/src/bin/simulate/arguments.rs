//! The command line.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, value_parser};
use session_limit_core::ledger::KeyPhase;
use session_limit_testkit::sim::{Config, Faults, LedgerKind};

/// Simulates users, servers and a log around a ledger, and compares it with the truth.
#[derive(Parser)]
#[command(name = "cargo xtask simulate", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// The first seed; the same seed gives the same world, to the byte
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Number of worlds, each with the next seed
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// Number of days that a world runs
    #[arg(long, default_value_t = 7, value_parser = value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Number of users in a world, on four servers
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=1_000_000))]
    users: u32,
    /// The faults: all, none, assumed (all that the lease ledger promises to withstand), or a list
    /// of crashes, lost-replies, stalls, delay, duplicates, lost-ends, skew, limits, failed-logins,
    /// strangers, lost-starts, gaps, silence, store-loss
    #[arg(long, default_value = "all", value_name = "LIST")]
    faults: Faults,
    /// The ledger that decides: lease, counter or naive
    #[arg(long, default_value = "lease")]
    ledger: LedgerKind,
    /// The setting KEY_PHASE: auto, strict or check
    #[arg(long, default_value = "auto")]
    key_phase: KeyPhase,
    /// Run all three ledgers, with the same users who come at the same times
    #[arg(long, conflicts_with = "ledger")]
    pub(crate) compare: bool,
    /// The file for a picture of the sessions held and counted over time (SVG); with --compare
    /// simulation.svg by default
    #[arg(long, value_name = "FILE", default_value_if("compare", "true", "simulation.svg"))]
    pub(crate) svg: Option<PathBuf>,
    /// Do not let everything end and drain after the last day
    #[arg(long)]
    no_drain: bool,
    /// Print the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Simulates one user's machines that log in all day, up to several times a second, on all
    /// three ledgers, and prints a table of many such worlds
    Steady(SteadyArguments),
}

#[derive(Args)]
pub(crate) struct SteadyArguments {
    /// The seed; the same seed gives the same worlds
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Number of hours that each world runs; without it two, or as many as the world says
    #[arg(long, value_parser = value_parser!(u64).range(1..=1_000))]
    pub(crate) hours: Option<u64>,
    /// LOGIN_TIME in seconds, if a world does not say another; without it the default
    #[arg(long, value_name = "SECONDS")]
    pub(crate) login_time: Option<u64>,
    /// Number of seconds by which clocks are assumed to differ; without it the default
    #[arg(long, value_name = "SECONDS")]
    pub(crate) skew: Option<u64>,
    /// Run only the first worlds, each with its own number of allowed refusals
    #[arg(long)]
    pub(crate) first: bool,
    /// The file for a picture of the slots held and counted in the first world (SVG)
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Arguments {
    /// Reads the command line. Exits if it makes no sense.
    pub(crate) fn of_command_line() -> Self {
        let arguments = Self::parse();
        if arguments.seed.checked_add(arguments.seeds).is_none() {
            let problem = format!("the last seed must be below {}", u64::MAX);
            Self::command().error(ErrorKind::ValueValidation, problem).exit();
        }
        arguments
    }

    /// Returns the worlds to run, one for each ledger.
    pub(crate) fn configs(&self) -> Vec<Config> {
        let config = Config {
            days: self.days,
            users: self.users,
            faults: self.faults,
            ledger: self.ledger,
            key_phase: self.key_phase,
            drains: !self.no_drain,
            ..Config::default()
        };
        if !self.compare {
            return vec![config];
        }
        LedgerKind::ALL.map(|(ledger, _)| Config { ledger, ..config }).to_vec()
    }
}
