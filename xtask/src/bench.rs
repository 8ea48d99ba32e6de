//! Measures how quick everything is, built as it is deployed, and where the time goes.

use std::process::{Command, ExitCode};

use crate::functions::{PROFILE, PROFILED};
use crate::steps::{Steps, cargo};
use crate::{Outcome, functions, setup, workspace};

const TRIAL: &str = "--trial";
const WITH_PROFILE: &str = "--profile";

/// `cargo xtask bench`: measures times, next to bounds and peers in the same run. With `--profile`
/// the programs have the names of their functions, and samples tell what the processor does
/// meanwhile.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (options, names): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|word| word.starts_with('-'));
    let has = |option: &str| options.iter().any(|it| *it == option);
    if !options.iter().all(|it| [TRIAL, WITH_PROFILE].contains(&it.as_str())) {
        return Err(format!("usage: cargo xtask bench [{WITH_PROFILE}] [{TRIAL}] [NAME...]"));
    }
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    if has(WITH_PROFILE) {
        setup::profiler(&mut steps)?;
    }
    let profile = if has(WITH_PROFILE) { PROFILED } else { PROFILE };
    let python = setup::python_baseline(&mut steps)?;
    let folder = functions::build(&mut steps, profile)?;
    let mut build = cargo(["build", "--quiet", "--locked", "--profile", profile]);
    build.args(["--package", "session-limit-bench", "--features", "measure", "--bins"]);
    steps.command("build what measures them", &mut build)?;
    // What was measured must be replaced neither by a trial nor by a part of it.
    let to = match (has(TRIAL), names.is_empty()) {
        (true, _) => "bench-trial",
        (false, true) => "bench",
        (false, false) => "bench-some",
    };
    let mut measure = Command::new(folder.join("measure"));
    measure.arg("--python").arg(python).arg("--to").arg(workspace::target()?.join(to));
    steps.command("measure", measure.args(options).args(names))?;
    Ok(ExitCode::SUCCESS)
}
