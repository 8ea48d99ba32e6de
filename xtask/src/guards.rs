//! `cargo xtask guards`: takes each guard out of a copy of the workspace, one at a time, and runs
//! the check that must notice. A check that cannot fail proves nothing.

mod copy;
mod list;

use std::process::ExitCode;
use std::time::Instant;

use crate::Outcome;
use crate::steps::cargo;
use copy::Workspace;
use list::GUARDS;

/// Something that the code does so that a rule holds, and what takes it away.
struct Guard {
    name: &'static str,
    edits: &'static [Edit],
    /// What must fail without it.
    check: Check,
}

/// A piece of a file, there exactly once, and what takes its place.
struct Edit {
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// A check of the project.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The core's tests of the ledgers, those whose names contain this.
    Ledger(&'static str),
    /// A world of the models.
    Model(&'static str),
}

/// What became of a guard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Caught,
    Survived,
}

/// Removes every guard, or with `--only NAME` those whose names contain it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let guards = chosen(arguments)?;
    let workspace = Workspace::copy()?;
    let start = Instant::now();
    check_that_all_passes(&workspace, &guards)?;
    let mut survivors = Vec::new();
    for (number, guard) in guards.iter().enumerate() {
        let begin = Instant::now();
        let fate = remove(&workspace, guard)?;
        let word = if fate == Fate::Caught { "caught by" } else { "SURVIVES" };
        println!(
            "{:3}/{} {:44} {word} {:28} {:5.1} s",
            number + 1,
            guards.len(),
            guard.name,
            guard.check.name(),
            begin.elapsed().as_secs_f64()
        );
        if fate == Fate::Survived {
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

fn chosen(arguments: &[String]) -> Result<Vec<&'static Guard>, String> {
    let wanted = match arguments {
        [] => "",
        [option, name] if option == "--only" => name,
        _ => return Err("expected nothing or --only NAME".into()),
    };
    let guards: Vec<_> = GUARDS.iter().filter(|guard| guard.name.contains(wanted)).collect();
    if guards.is_empty() {
        return Err(format!("no guard has a name with {wanted:?} in it"));
    }
    Ok(guards)
}

/// A check that fails anyway catches nothing. The models are left out: they take their time when
/// nothing is wrong, and `cargo xtask model` is for showing that.
fn check_that_all_passes(workspace: &Workspace, guards: &[&Guard]) -> Result<(), String> {
    let mut checks: Vec<Check> = Vec::new();
    for guard in guards {
        if matches!(guard.check, Check::Ledger(_)) && !checks.contains(&guard.check) {
            checks.push(guard.check);
        }
    }
    for check in checks {
        eprintln!("with every guard in place: {}", check.name());
        if !check.passes(workspace)? {
            return Err(format!("{} fails with every guard in place", check.name()));
        }
    }
    Ok(())
}

/// Takes a guard away, runs its check, and puts it back.
fn remove(workspace: &Workspace, guard: &Guard) -> Result<Fate, String> {
    let mut edited = Ok(());
    for edit in guard.edits {
        edited = edited.and_then(|()| {
            workspace
                .edit(edit.file, edit.from, edit.to)
                .map_err(|e| format!("{}: {e}", guard.name))
        });
    }
    let passes = edited.and_then(|()| guard.check.passes(workspace));
    for edit in guard.edits {
        workspace.restore(edit.file)?;
    }
    Ok(if passes? { Fate::Survived } else { Fate::Caught })
}

impl Check {
    fn name(self) -> String {
        match self {
            Self::Ledger(filter) => format!("test {filter}"),
            Self::Model(world) => format!("model {world}"),
        }
    }

    /// Whether the check passes. What does not compile has not been checked.
    fn passes(self, workspace: &Workspace) -> Result<bool, String> {
        let mut build = match self {
            Self::Ledger(_) => cargo(LEDGER),
            Self::Model(_) => cargo(MODEL),
        };
        if let Self::Ledger(_) = self {
            build.arg("--no-run");
        }
        let built = workspace.in_it(&mut build).output().map_err(|e| format!("cargo: {e}"))?;
        if !built.status.success() {
            let errors = String::from_utf8_lossy(&built.stderr).into_owned();
            return Err(format!("{} does not compile:\n{errors}", self.name()));
        }
        let mut check = match self {
            Self::Ledger(filter) => {
                let mut test = cargo(LEDGER);
                test.args(["--", filter]);
                test
            }
            Self::Model(world) => {
                let mut model = std::process::Command::new(workspace.program("model"));
                model.arg(world);
                model
            }
        };
        let check = workspace.in_it(&mut check);
        // One failure is enough, the least example is not needed, and it must not be kept.
        check.env("PROPTEST_MAX_SHRINK_ITERS", "0");
        check.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        let output = check.output().map_err(|error| format!("{}: {error}", self.name()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let names_rule = match self {
            Self::Ledger(_) => said.contains("test result: FAILED"),
            Self::Model(_) => said.contains("broken: "),
        };
        if !output.status.success() && !names_rule {
            return Err(format!("{} fails without naming a rule:\n{said}", self.name()));
        }
        Ok(output.status.success())
    }
}

const LEDGER: [&str; 7] = [
    "test",
    "--quiet",
    "--locked",
    "--package=session-limit-core",
    "--no-default-features",
    "--test=ledger",
    "--no-fail-fast",
];

const MODEL: [&str; 6] = [
    "build",
    "--quiet",
    "--locked",
    "--package=session-limit-testkit",
    "--features=model",
    "--bin=model",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guard_is_there_exactly_once() {
        for guard in GUARDS {
            for edit in guard.edits {
                let path = crate::workspace::root().join(edit.file);
                let text = std::fs::read_to_string(path).unwrap();
                assert_eq!(copy::edited(&text, edit.from, edit.to).err(), None, "{}", guard.name);
            }
            let same = GUARDS.iter().filter(|other| other.name == guard.name);
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
