//! The Lambda functions, built as they are deployed.

use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Steps, cargo};
use crate::workspace;

/// The profile that they are deployed with.
pub(crate) const PROFILE: &str = "lambda";

/// Builds them and answers in which folder they are.
pub(crate) fn build(steps: &mut Steps) -> Result<PathBuf, String> {
    let mut build = of_package("build");
    steps.command("build the functions", build.args(["--profile", PROFILE, "--bins"]))?;
    Ok(workspace::target()?.join(PROFILE))
}

/// Builds them, and runs a benchmark of theirs with them.
pub(crate) fn bench(steps: &mut Steps, name: &str) -> Result<(), String> {
    let folder = build(steps)?;
    let mut bench = of_package("bench");
    bench.args(["--profile", "dev", "--bench", name, "--"]).arg(folder);
    steps.command(name, &mut bench)
}

fn of_package(command: &str) -> Command {
    let mut cargo = cargo([command, "--quiet", "--locked"]);
    cargo.args(["--package", "session-limit-lambdas"]);
    cargo
}
