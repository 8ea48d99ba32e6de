//! `cargo xtask deny`: checks that `deny.toml` allows every dependency.

use std::process::{Command, ExitCode};

use crate::steps::Steps;
use crate::{Outcome, setup, workspace};

/// The checks that need nothing but the lock file and the crates in it.
const OFFLINE: [&str; 3] = ["licenses", "bans", "sources"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let advisories = match arguments {
        [] => false,
        [argument] if argument == "--advisories" => true,
        _ => return Err("the only argument is --advisories, which fetches RustSec's list".into()),
    };
    let mut steps = Steps::default();
    setup::cargo_deny(&mut steps)?;
    check(&mut steps)?;
    if advisories {
        steps.command(
            "no advisory names a dependency",
            cargo_deny()?.args(["--locked", "check", "advisories"]),
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn check(steps: &mut Steps) -> Result<(), String> {
    let mut deny = cargo_deny()?;
    deny.args(["--locked", "--log-level", "error", "check", "--hide-inclusion-graph"]);
    steps.command("licences, versions and sources of dependencies", deny.args(OFFLINE))
}

fn cargo_deny() -> Result<Command, String> {
    Ok(Command::new(workspace::target()?.join("deny/bin/cargo-deny")))
}
