//! `cargo xtask model`: the lease ledger explored exhaustively in small worlds.

use crate::{Outcome, program};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let model = ["--package", "session-limit-testkit", "--bin", "model"];
    program::run(&[&model[..], &["--release", "--features", "model"]].concat(), arguments)
}
