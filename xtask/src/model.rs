//! `cargo xtask model`: the lease ledger explored exhaustively in small worlds.

use crate::{Outcome, program};

/// The arguments of cargo that select the program.
pub(crate) const PROGRAM: [&str; 7] =
    ["--package", "session-limit-testkit", "--bin", "model", "--release", "--features", "model"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    program::run(&PROGRAM, arguments)
}
