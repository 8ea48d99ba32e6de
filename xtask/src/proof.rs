//! `cargo xtask proof`: the checks that take too long for every change, and have to pass every
//! night.

use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo};
use crate::workspace::{self, Member};
use crate::{Outcome, model, no_arguments, setup};

/// The tests of the template.
pub(crate) const TEMPLATE: &str = "examples/lambdas/tests/template";

/// The tests among them that let `sam build` build the functions.
pub(crate) const BUILDS: &str = "*build.py";

/// Runs every check, and stops at the first that fails.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    packages(&mut steps)?;
    clippy_alone(&mut steps)?;
    built_by_sam(&mut steps)?;
    copied(&mut steps)?;
    let mut models = cargo(["run", "--locked"]);
    steps.command("the largest models", models.args(model::PROGRAM).args(["--", "--long"]))?;
    steps.summarise();
    Ok(ExitCode::SUCCESS)
}

/// Packs every crate that may be published, and builds it from its package.
fn packages(steps: &mut Steps) -> Result<(), String> {
    let mut package = cargo(["package", "--workspace", "--locked", "--allow-dirty"]);
    for member in workspace::members()?.iter().filter(|member| !member.is_published) {
        package.args(["--exclude", &member.name]);
    }
    steps.command("packages as they would be published", &mut package)
}

/// Runs clippy over each crate and each feature alone. Cargo unites features, so code that compiles
/// in company may not compile alone.
fn clippy_alone(steps: &mut Steps) -> Result<(), String> {
    for member in workspace::members()? {
        for (name, features) in alone(&member) {
            let mut one = cargo(["clippy", "--locked", "--package", &member.name]);
            steps.command(&name, one.args(features).args(["--", "-D", "warnings"]))?;
        }
    }
    Ok(())
}

/// The checks of one crate: as it comes, without features, and with each feature alone.
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

/// Checks the functions, built as they are deployed.
fn built_by_sam(steps: &mut Steps) -> Result<(), String> {
    let mut pytest = Command::new(workspace::target()?.join("sam/bin/pytest"));
    let builds = format!("{TEMPLATE}/test_build.py");
    steps.command("the functions as `sam build` builds them", pytest.args(["--quiet", &builds]))
}

/// The project to copy, outside of the workspace and by the commands of its page.
fn copied(steps: &mut Steps) -> Result<(), String> {
    let mut test = cargo(["test", "--locked", "--package", "custom-lambda", "--test", "readme"]);
    steps.command("the project to copy", test.args(["--", "--ignored"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_is_checked_alone() {
        let member = |features| Member { name: "x".into(), features, ..Member::default() };
        let arguments: Vec<_> =
            alone(&member(vec!["auth".into()])).into_iter().map(|(_, a)| a.join(" ")).collect();
        assert_eq!(
            arguments,
            ["", "--no-default-features", "--no-default-features --features auth"]
        );
        assert_eq!(alone(&member(Vec::new())).len(), 1);
    }
}
