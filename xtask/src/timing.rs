//! `cargo xtask timing`: whether the time of a refusal tells why, built as it is deployed. It takes
//! about seven minutes, and wants a machine that does nothing else.

use std::process::ExitCode;

use crate::steps::{Steps, cargo};
use crate::{Outcome, no_arguments, setup, workspace};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    let package = ["--quiet", "--locked", "--package", "session-limit-lambdas"];
    let mut build = cargo(["build", "--profile", "lambda", "--bins"]);
    steps.command("build the functions", build.args(package))?;
    let mut bench = cargo(["bench", "--profile", "dev", "--bench", "timing"]);
    let folder = workspace::target()?.join("lambda");
    steps.command("timing", bench.args(package).arg("--").arg(folder))?;
    Ok(ExitCode::SUCCESS)
}
