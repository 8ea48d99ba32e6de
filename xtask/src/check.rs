//! `cargo xtask check`: the quick loop. It needs no server and no root, and downloads nothing but
//! crates.

use std::process::ExitCode;

use crate::steps::{Steps, cargo};
use crate::{
    Outcome, circles, errors, lengths, links, modules, no_arguments, openings, promises, purity,
    setup, workspace,
};

/// The crates that need neither an SDK nor a server: the rules, the payloads, and this program.
const CRATES: [&str; 6] = [
    "--package",
    "session-limit-core",
    "--package",
    "session-limit-cloudwatch-logs",
    "--package",
    "xtask",
];

/// Checks the text of everything, and compiles and tests those crates.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::components(&mut steps)?;
    text(&mut steps)?;
    let mut clippy = cargo(["clippy", "--locked", "--all-targets", "--all-features"]);
    steps.command("clippy", clippy.args(CRATES).args(["--", "-D", "warnings"]))?;
    let mut tests = if setup::is_on_path("cargo-nextest") {
        cargo(["nextest", "run", "--locked", "--all-features"])
    } else {
        cargo(["test", "--quiet", "--locked", "--lib", "--bins", "--tests", "--all-features"])
    };
    steps.command("tests", tests.args(CRATES))?;
    steps.summarise();
    Ok(ExitCode::SUCCESS)
}

/// Checks all that needs no compilation of anything else.
pub(crate) fn text(steps: &mut Steps) -> Result<(), String> {
    steps.command("formatting", &mut cargo(["fmt", "--all", "--check"]))?;
    let core = workspace::root().join("session-limit-core/src");
    steps.step("the core names no clock, environment or I/O", || purity::check(&core))?;
    steps.step("every error is provoked by a test", errors::check)?;
    steps.step("no module of another crate", modules::check)?;
    steps.step("no imports in a circle", circles::check)?;
    steps.step("links between files", || links::check(workspace::root()))?;
    steps.step("how long pages are", || lengths::check(workspace::root()))?;
    steps.step("how documentation begins", || openings::check(workspace::root()))?;
    steps.step("every promise names its tests", || promises::check(workspace::root()))
}
