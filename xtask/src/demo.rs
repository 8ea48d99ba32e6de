//! `cargo xtask demo`: the demonstration of `transfer-local`.

use std::process::ExitCode;

use crate::Outcome;
use crate::steps::cargo;

const DEMO: [&str; 6] = ["--quiet", "--locked", "--package", "transfer-local", "--bin", "demo"];

/// Builds the demonstration, then runs it and ends with its exit status.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    eprintln!("building the demonstration (some minutes the first time)");
    let built = status(cargo(["build"]).args(DEMO))?;
    if built != 0 {
        return Err("the demonstration does not build".into());
    }
    let code = status(cargo(["run"]).args(DEMO).arg("--").args(arguments))?;
    Ok(ExitCode::from(code))
}

/// The exit status; 1 for one that does not fit, such as the end by a signal.
fn status(command: &mut std::process::Command) -> Result<u8, String> {
    let status = command.status().map_err(|error| format!("cargo does not start: {error}"))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
