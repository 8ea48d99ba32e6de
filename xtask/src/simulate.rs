//! `cargo xtask simulate`: worlds of users, servers and a log around a ledger.

use crate::{Outcome, program};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let simulate = ["--package", "session-limit-testkit", "--bin", "simulate"];
    program::run(&[&simulate[..], &["--release", "--features", "simulate"]].concat(), arguments)
}
