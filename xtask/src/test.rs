//! `cargo xtask test`: everything that has to hold before a change goes in.

use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo};
use crate::workspace::{self, Member};
use crate::{
    Outcome, deny, errors, instructions, links, model, modules, no_arguments, promises, purity,
    setup, stacks,
};

/// Runs every check, and stops at the first that fails.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    steps.command("formatting", &mut cargo(["fmt", "--all", "--check"]))?;
    let core = workspace::root().join("session-limit-core/src");
    steps.step("the core names no clock, environment or I/O", || purity::check(&core))?;
    steps.step("every error is provoked by a test", errors::check)?;
    steps.step("no module of another crate", modules::check)?;
    steps.step("links between files", || links::check(workspace::root()))?;
    steps.step("every promise names its tests", || promises::check(workspace::root()))?;
    steps.step("one TLS and one HTTP stack in the functions", stacks::check)?;
    deny::check(&mut steps)?;
    lint(&mut steps)?;
    test(&mut steps)?;
    template(&mut steps)?;
    instructions::check(&mut steps)?;
    steps.command("models", cargo(["run", "--quiet", "--locked"]).args(model::PROGRAM))?;
    let mut doc = cargo(["doc", "--workspace", "--all-features", "--no-deps", "--locked"]);
    steps.command("documentation", doc.env("RUSTDOCFLAGS", "-D warnings"))?;
    steps.summarise();
    Ok(ExitCode::SUCCESS)
}

/// Clippy over everything at once, then over each crate and each feature alone: what compiles in
/// company, where cargo unites features, may not compile alone.
fn lint(steps: &mut Steps) -> Result<(), String> {
    let deny = ["--", "-D", "warnings"];
    let mut all = cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"]);
    steps.command("clippy", all.args(deny))?;
    for member in workspace::members()? {
        for (name, features) in alone(&member) {
            let mut one = cargo(["clippy", "--quiet", "--locked", "--package", &member.name]);
            steps.command(&name, one.args(features).args(deny))?;
        }
    }
    Ok(())
}

/// What is checked of one crate: as it comes, without features, and with each feature alone.
fn alone(member: &Member) -> Vec<(String, Vec<String>)> {
    let name = &member.name;
    let bare = || vec!["--no-default-features".to_owned()];
    let mut checks = vec![(format!("clippy: {name} alone"), Vec::new())];
    if !member.features.is_empty() {
        checks.push((format!("clippy: {name} without features"), bare()));
    }
    for feature in &member.features {
        let mut arguments = bare();
        arguments.extend(["--features".to_owned(), feature.clone()]);
        checks.push((format!("clippy: {name} with the feature {feature} alone"), arguments));
    }
    checks
}

/// Unit, integration and end-to-end tests, and the examples in the documentation.
fn test(steps: &mut Steps) -> Result<(), String> {
    let everything = ["--workspace", "--all-features", "--locked"];
    if setup::is_on_path("cargo-nextest") {
        steps.command("tests", cargo(["nextest", "run"]).args(everything))?;
    } else {
        steps.command("tests", cargo(["test", "--all-targets"]).args(everything))?;
    }
    steps.command("documentation tests", cargo(["test", "--doc"]).args(everything))
}

/// The template of the Lambda functions, which `sam build` builds by it.
fn template(steps: &mut Steps) -> Result<(), String> {
    let mut pytest = Command::new(workspace::target()?.join("sam/bin/pytest"));
    steps.command("template", pytest.args(["--quiet", "examples/lambdas/tests/template"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_is_checked_alone() {
        let member = |features| Member { name: "x".into(), folder: "x".into(), features };
        let arguments: Vec<_> =
            alone(&member(vec!["auth".into()])).into_iter().map(|(_, a)| a.join(" ")).collect();
        assert_eq!(
            arguments,
            ["", "--no-default-features", "--no-default-features --features auth"]
        );
        assert_eq!(alone(&member(Vec::new())).len(), 1);
    }
}
