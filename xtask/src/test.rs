//! `cargo xtask test`: the checks that have to pass before a change goes in.

use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo};
use crate::{
    Outcome, check, deny, instructions, model, no_arguments, proof, setup, stacks, workspace,
};

/// Runs every check, and stops at the first that fails.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    check::text(&mut steps)?;
    steps.step("one TLS and one HTTP stack in the functions", stacks::check)?;
    deny::check(&mut steps)?;
    let mut clippy =
        cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"]);
    steps.command("clippy", clippy.args(["--", "-D", "warnings"]))?;
    test(&mut steps)?;
    template(&mut steps)?;
    instructions::check(&mut steps)?;
    steps.command("models", cargo(["run", "--locked"]).args(model::PROGRAM))?;
    let mut doc = cargo(["doc", "--workspace", "--all-features", "--no-deps", "--locked"]);
    steps.command("documentation", doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    steps.summarise();
    Ok(ExitCode::SUCCESS)
}

/// Runs unit, integration and end-to-end tests, and the examples in the documentation.
fn test(steps: &mut Steps) -> Result<(), String> {
    let everything = ["--workspace", "--all-features", "--locked"];
    if setup::is_on_path("cargo-nextest") {
        steps.command("tests", cargo(["nextest", "run"]).args(everything))?;
    } else {
        steps.command("tests", cargo(["test", "--all-targets"]).args(everything))?;
    }
    steps.command("documentation tests", cargo(["test", "--doc"]).args(everything))
}

/// Checks the template of the Lambda functions. `sam build` builds them by it in `cargo xtask
/// proof`.
fn template(steps: &mut Steps) -> Result<(), String> {
    let mut pytest = Command::new(workspace::target()?.join("sam/bin/pytest"));
    pytest.args(["--quiet", "--ignore-glob", proof::BUILDS, proof::TEMPLATE]);
    steps.command("template", &mut pytest)
}
