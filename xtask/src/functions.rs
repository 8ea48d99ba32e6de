//! Measurements of the Lambda functions, built as they are deployed.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo};
use crate::{Outcome, no_arguments, setup, workspace};

/// The profile that they are deployed with.
pub(crate) const PROFILE: &str = "lambda";

/// `cargo xtask figures`: measures how large they are, how quickly they start and how much memory
/// they take.
pub(crate) fn figures(arguments: &[String]) -> Outcome {
    measure("figures", arguments)
}

/// `cargo xtask timing`: checks that the time of a refusal does not tell its reason. It takes about
/// seven minutes, and wants a machine that does nothing else.
pub(crate) fn timing(arguments: &[String]) -> Outcome {
    measure("timing", arguments)
}

/// Builds the functions and runs a bench of them.
fn measure(bench: &str, arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    let folder = build(&mut steps)?;
    let mut measure = of_package("bench");
    measure.args(["--profile", "dev", "--bench", bench, "--"]).arg(folder);
    steps.command(bench, &mut measure)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the functions, and returns the folder in which they are.
pub(crate) fn build(steps: &mut Steps) -> Result<PathBuf, String> {
    let mut build = of_package("build");
    steps.command("build the functions", build.args(["--profile", PROFILE, "--bins"]))?;
    Ok(workspace::target()?.join(PROFILE))
}

fn of_package(command: &str) -> Command {
    let mut cargo = cargo([command, "--quiet", "--locked"]);
    cargo.args(["--package", "session-limit-lambdas"]);
    cargo
}
