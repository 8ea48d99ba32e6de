//! Commands that are programs of the workspace. They are built first, and then run.

use std::process::{Command, ExitCode};

use crate::Outcome;
use crate::steps::cargo;

/// Builds the program that these arguments of `cargo` select, runs it and ends with its exit
/// status.
pub(crate) fn run(program: &[&str], arguments: &[String]) -> Outcome {
    let cargo = |command| {
        let mut cargo = cargo([command]);
        cargo.arg("--locked").args(program);
        cargo
    };
    if status(&mut cargo("build"))? != 0 {
        return Err("it does not build".into());
    }
    Ok(ExitCode::from(status(cargo("run").arg("--").args(arguments))?))
}

/// The exit status; 1 for one that does not fit, such as the end by a signal.
fn status(command: &mut Command) -> Result<u8, String> {
    let status = command.status().map_err(|error| format!("cargo does not start: {error}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
