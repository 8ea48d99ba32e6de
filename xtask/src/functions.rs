//! Measurements of the Lambda functions, built as they are deployed.

use std::process::ExitCode;

use crate::steps::{Steps, cargo};
use crate::{Outcome, no_arguments, setup, workspace};

/// `cargo xtask figures`: how large they are, how quickly they start and how much memory they take.
pub(crate) fn figures(arguments: &[String]) -> Outcome {
    measure("figures", arguments)
}

/// `cargo xtask timing`: whether the time of a refusal tells why. It takes about seven minutes, and
/// wants a machine that does nothing else.
pub(crate) fn timing(arguments: &[String]) -> Outcome {
    measure("timing", arguments)
}

/// Builds the functions and runs a bench of them.
fn measure(bench: &str, arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    let package = ["--quiet", "--locked", "--package", "session-limit-lambdas"];
    let mut build = cargo(["build", "--profile", "lambda", "--bins"]);
    steps.command("build the functions", build.args(package))?;
    let mut measure = cargo(["bench", "--profile", "dev", "--bench", bench]);
    let folder = workspace::target()?.join("lambda");
    steps.command(bench, measure.args(package).arg("--").arg(folder))?;
    Ok(ExitCode::SUCCESS)
}
