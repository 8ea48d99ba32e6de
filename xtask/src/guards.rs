//! `cargo xtask guards`: takes each guard out of a copy of the workspace, one at a time, and runs
//! the check that must notice. A check that cannot fail proves nothing.

mod guard;
mod list;

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::Outcome;
use crate::copy::Workspace;
use crate::steps::cargo;
use guard::{Check, Guard};
use list::guards;

/// Removes every guard, or with `--only NAME` those whose names contain it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let wanted = match arguments {
        [] => "",
        [option, name] if option == "--only" => name,
        [option] if matches!(option.as_str(), "--list" | "--help" | "-h") => {
            print!("{}", help());
            return Ok(ExitCode::SUCCESS);
        }
        _ => return Err("expected nothing, --list or --only NAME".into()),
    };
    let guards: Vec<_> = guards().filter(|guard| guard.name.contains(wanted)).collect();
    if guards.is_empty() {
        return Err(format!("no guard has a name with {wanted:?} in it; --list names them"));
    }
    let workspace = Workspace::copy("guards")?;
    let start = Instant::now();
    check_that_all_passes(&workspace, &guards)?;
    let mut survivors = Vec::new();
    for (number, guard) in guards.iter().enumerate() {
        let begin = Instant::now();
        let blind = blind_without(&workspace, guard)?;
        let (word, checks) =
            if blind.is_empty() { ("caught by", guard.checks) } else { ("SURVIVES", &blind[..]) };
        println!(
            "{:3}/{} {:46} {word} {:28} {:5.1} s",
            number + 1,
            guards.len(),
            guard.name,
            names(checks),
            begin.elapsed().as_secs_f64()
        );
        if !blind.is_empty() {
            survivors.push(guard.name);
        }
    }
    let caught = guards.len() - survivors.len();
    println!(
        "guards removed: {}, caught: {caught} ({:.0} s)",
        guards.len(),
        start.elapsed().as_secs_f64()
    );
    if survivors.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(format!("nothing notices that these are gone: {}", survivors.join(", ")))
}

/// Fails if a check fails with every guard in place. Such a check catches nothing.
fn check_that_all_passes(workspace: &Workspace, guards: &[&Guard]) -> Result<(), String> {
    let mut checks: Vec<Check> = Vec::new();
    for guard in guards {
        checks.extend(guard.checks);
    }
    checks.sort();
    checks.dedup();
    for check in checks {
        eprintln!("with every guard in place: {}", check.name());
        if !check.passes(workspace)? {
            return Err(format!("{} fails with every guard in place", check.name()));
        }
    }
    Ok(())
}

/// Takes a guard away, runs its checks, and puts it back. Returns the checks that do not miss it.
fn blind_without(workspace: &Workspace, guard: &Guard) -> Result<Vec<Check>, String> {
    let mut edited = Ok(());
    for edit in guard.edits {
        edited = edited.and_then(|()| {
            workspace
                .edit(edit.file, edit.from, edit.to)
                .map_err(|e| format!("{}: {e}", guard.name))
        });
    }
    let blind = edited.and_then(|()| {
        let mut blind = Vec::new();
        for check in guard.checks {
            if check.passes(workspace)? {
                blind.push(*check);
            }
        }
        Ok(blind)
    });
    for edit in guard.edits {
        workspace.restore(edit.file)?;
    }
    blind
}

fn names(checks: &[Check]) -> String {
    checks.iter().map(|check| check.name()).collect::<Vec<_>>().join(", ")
}

fn help() -> String {
    let mut help = String::from(
        "Takes each guard out of a copy of the workspace and checks that it is missed.\n\n\
         Usage: cargo xtask guards [--list | --only NAME]\n\n\
         --only takes those whose names contain NAME. The guards, and what must miss each:\n",
    );
    for guard in guards() {
        help.push_str(&format!("  {:46} {}\n", guard.name, names(guard.checks)));
    }
    help
}

impl Check {
    fn name(self) -> String {
        match self {
            Self::Ledger(filter) => format!("test {filter}"),
            Self::Model(world) => format!("model {world}"),
            Self::Simulation(filter) => format!("simulation {filter}"),
            Self::Conformance(filter) => format!("conformance {filter}"),
        }
        .trim_end()
        .to_owned()
    }

    /// Returns true if the check passes. It is an error if the code does not compile, because then
    /// nothing has been checked.
    fn passes(self, workspace: &Workspace) -> Result<bool, String> {
        let built = workspace.in_it(&mut self.build()).output();
        let built = built.map_err(|error| format!("cargo: {error}"))?;
        if !built.status.success() {
            let errors = String::from_utf8_lossy(&built.stderr).into_owned();
            return Err(format!("{} does not compile:\n{errors}", self.name()));
        }
        let mut run = self.run(workspace);
        let run = workspace.in_it(&mut run);
        // One failure is enough, the least example is not needed, and it must not be kept.
        run.env("PROPTEST_MAX_SHRINK_ITERS", "0");
        run.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        let output = run.output().map_err(|error| format!("{}: {error}", self.name()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let names_rule = said.contains(match self {
            Self::Model(_) => "broken: ",
            Self::Ledger(_) | Self::Simulation(_) | Self::Conformance(_) => "test result: FAILED",
        });
        if !output.status.success() && !names_rule {
            return Err(format!("{} fails without naming a rule:\n{said}", self.name()));
        }
        Ok(output.status.success())
    }

    fn build(self) -> Command {
        if let Self::Model(_) = self {
            let mut build = cargo(["build", "--quiet", "--locked", "--bin=model"]);
            build.args(["--package=session-limit-testkit", "--features=model"]);
            return build;
        }
        let mut build = self.test();
        build.arg("--no-run");
        build
    }

    fn run(self, workspace: &Workspace) -> Command {
        match self {
            Self::Model(world) => {
                let mut model = Command::new(workspace.program("model"));
                model.arg(world);
                model
            }
            Self::Ledger(filter) | Self::Simulation(filter) | Self::Conformance(filter) => {
                let mut test = self.test();
                test.args(["--", filter]);
                test
            }
        }
    }

    fn test(self) -> Command {
        let mut test = cargo(["test", "--quiet", "--locked", "--no-fail-fast"]);
        match self {
            Self::Simulation(_) => {
                test.args(["--package=session-limit-testkit", "--test=simulation"])
            }
            Self::Conformance(_) => {
                test.args(["--package=session-limit-testkit", "--test=conformance"])
            }
            Self::Ledger(_) | Self::Model(_) => test.args([
                "--package=session-limit-core",
                "--no-default-features",
                "--lib",
                "--test=ledger",
            ]),
        };
        test
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy;

    #[test]
    fn every_guard_is_there_exactly_once() {
        for guard in guards() {
            for edit in guard.edits {
                let path = crate::workspace::root().join(edit.file);
                let text = std::fs::read_to_string(path).unwrap();
                assert_eq!(copy::edited(&text, edit.from, edit.to).err(), None, "{}", guard.name);
            }
            let same = guards().filter(|other| other.name == guard.name);
            assert_eq!(same.count(), 1, "{}", guard.name);
        }
    }

    #[test]
    fn a_guard_that_is_gone_is_told() {
        assert!(copy::edited("a b", "c", "d").is_err());
        assert!(copy::edited("a a", "a", "b").is_err());
        assert_eq!(copy::edited("a b", "a", "c"), Ok("c b".into()));
    }
}
