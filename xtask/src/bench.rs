//! How quick everything is, built as it is deployed, and where the time goes. Both want a machine that
//! does nothing else.

use std::process::{Command, ExitCode};

use crate::functions::{PROFILE, PROFILED};
use crate::steps::{Steps, cargo};
use crate::{Outcome, functions, setup, workspace};

const TRIAL: &str = "--trial";

/// `cargo xtask bench`: next to bounds and peers that are measured in the same run.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    let mut measure = measure(&mut steps, PROFILE, "bench", arguments)?;
    steps.command("measure", measure.args(arguments))?;
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask profile`: by samples of what the processor does, taken while a benchmark and what it is
/// held against have their turns. Takes names of benchmarks, or parts of names.
pub(crate) fn profile(arguments: &[String]) -> Outcome {
    let (trial, names): (Vec<_>, Vec<_>) = arguments.iter().partition(|word| *word == TRIAL);
    if names.is_empty() {
        return Err(format!("usage: cargo xtask profile NAME... [{TRIAL}]"));
    }
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    setup::profiler(&mut steps)?;
    let mut measure = measure(&mut steps, PROFILED, "profile", arguments)?;
    steps.command("profile", measure.args(trial).arg("--profile").args(names))?;
    Ok(ExitCode::SUCCESS)
}

/// What measures, built with everything that it measures.
fn measure(
    steps: &mut Steps,
    profile: &str,
    to: &str,
    arguments: &[String],
) -> Result<Command, String> {
    let python = setup::python_baseline(steps)?;
    let folder = functions::build(steps, profile)?;
    let mut build = cargo(["build", "--quiet", "--locked", "--profile", profile]);
    build.args(["--package", "session-limit-bench", "--features", "measure", "--bins"]);
    steps.command("build what measures them", &mut build)?;
    // A trial must not replace what was measured.
    let is_trial = arguments.iter().any(|argument| argument == TRIAL);
    let to = if is_trial { format!("{to}-trial") } else { to.to_owned() };
    let mut measure = Command::new(folder.join("measure"));
    measure.arg("--python").arg(python).arg("--to").arg(workspace::target()?.join(to));
    Ok(measure)
}
