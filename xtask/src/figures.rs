//! `cargo xtask figures`: how large the Lambda functions are, how quickly they start and how much
//! memory they take, built as they are deployed.

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
    let mut bench = cargo(["bench", "--profile", "dev", "--bench", "figures"]);
    let folder = workspace::target()?.join("lambda");
    steps.command("figures", bench.args(package).arg("--").arg(folder))?;
    Ok(ExitCode::SUCCESS)
}
