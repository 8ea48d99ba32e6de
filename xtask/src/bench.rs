//! `cargo xtask bench`: how quick everything is, next to bounds and peers that are measured in the
//! same run, built as it is deployed. It wants a machine that does nothing else.

use std::process::{Command, ExitCode};

use crate::functions::PROFILE;
use crate::steps::{Steps, cargo};
use crate::{Outcome, functions, setup, workspace};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    let python = setup::python_baseline(&mut steps)?;
    let folder = functions::build(&mut steps)?;
    let mut build = cargo(["build", "--quiet", "--locked", "--profile", PROFILE]);
    build.args(["--package", "session-limit-bench", "--features", "measure", "--bins"]);
    steps.command("build what measures them", &mut build)?;
    // A trial must not replace what was measured.
    let is_trial = arguments.iter().any(|argument| argument == "--trial");
    let to = workspace::target()?.join(if is_trial { "bench-trial" } else { "bench" });
    let mut measure = Command::new(folder.join("measure"));
    measure.arg("--python").arg(python).arg("--to").arg(to);
    steps.command("measure", measure.args(arguments))?;
    Ok(ExitCode::SUCCESS)
}
