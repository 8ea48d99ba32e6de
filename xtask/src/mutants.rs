//! `cargo xtask mutants`: breaks the code of the ledgers and of authentication in every way that
//! cargo-mutants knows. It breaks one thing at a time, in a copy of the workspace, and runs the
//! core's own tests. A mutant that no test notices is a gap in the tests, or stands in the list of
//! exceptions.
//!
//! Each is tried by the quick tests first, and by all of them if it survives. A run that was
//! stopped goes on where it was. A mutant that was caught is not tried again, unless its line has
//! moved.

mod exceptions;
mod verdict;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::copy::Workspace;
use crate::steps::Steps;
use crate::{Outcome, setup};
use exceptions::EXCEPTIONS;
use verdict::{Outcomes, Verdict};

/// The files that are broken if no others are named.
const CODE: [&str; 10] = [
    "session-limit-core/src/auth.rs",
    "session-limit-core/src/auth/**",
    "session-limit-core/src/identity.rs",
    "session-limit-core/src/identity/**",
    "session-limit-core/src/ledger.rs",
    "session-limit-core/src/ledger/**",
    "session-limit-core/src/public_key.rs",
    "session-limit-core/src/secret/networks.rs",
    "session-limit-core/src/secret/password.rs",
    "session-limit-core/src/secret/password/**",
];

/// The setting that builds the core without optimisation. It is built again for each mutant and
/// runs only for seconds. With optimisation, a line that is changed often makes all of it be built
/// again.
const UNOPTIMISED: &str = "profile.dev.package.session-limit-core.opt-level=0";

/// Tests that take seconds and rarely see what no other does. They are left out at the first try.
const SLOW: [&str; 3] = ["churn_does_not_grow_the_table", "every_kind_of_hash", "healing::"];

/// Number of random cases of a property at the first try, if the property names no number of its
/// own.
const FEW_CASES: &str = "24";

/// Statuses of cargo-mutants that come with a verdict on every mutant: all are caught, some are
/// not, some take too long.
const VERDICTS: [i32; 3] = [0, 2, 3];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Request { files, fresh } = Request::parse(arguments)?;
    let mut steps = Steps::default();
    let program = setup::cargo_mutants(&mut steps)?;
    let workspace = Workspace::copy("mutants")?;
    let folder = workspace.beside("mutants.out");
    if fresh && folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| told(&folder, &error))?;
    }
    let memory = workspace.beside("unviable.txt");
    remember_unviable(&folder, &memory, fresh)?;
    let mutants = list(&workspace, cargo_mutants(&program, &files))?;
    steps.step(&format!("{} mutants, but for those caught before", mutants.len()), || {
        try_all(&workspace, cargo_mutants(&program, &files), by_quick_tests)
    })?;
    let unviable = remember_unviable(&folder, &memory, false)?;
    steps.step("those that survived, by all tests", || {
        try_all(&workspace, cargo_mutants(&program, &files), by_all_tests)
    })?;
    let verdict = Verdict::of(&mutants, &Outcomes::read(&folder, unviable)?, EXCEPTIONS);
    print!("{verdict}");
    Ok(if verdict.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Adds the mutants that did not compile in the latest run to those of the runs before. A run that
/// goes on takes both for caught.
fn remember_unviable(
    folder: &Path,
    memory: &Path,
    forget: bool,
) -> Result<BTreeSet<String>, String> {
    let mut unviable = if forget { BTreeSet::new() } else { verdict::read(memory)? };
    unviable.extend(verdict::read(&folder.join("unviable.txt"))?);
    let text: String = unviable.iter().map(|mutant| format!("{mutant}\n")).collect();
    std::fs::write(memory, text).map_err(|error| told(memory, &error))?;
    Ok(unviable)
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// The request that the command line makes.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    files: Vec<String>,
    fresh: bool,
}

impl Request {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let (options, mut files): (Vec<_>, Vec<_>) =
            arguments.iter().cloned().partition(|argument| argument.starts_with('-'));
        if options.iter().any(|option| option != "--fresh") {
            return Err("expected [FILE...] [--fresh], which forgets what has been caught".into());
        }
        if files.is_empty() {
            files = CODE.map(str::to_owned).into();
        }
        Ok(Self { files, fresh: !options.is_empty() })
    }
}

/// The command of cargo-mutants for mutants of `files`.
fn cargo_mutants(program: &Path, files: &[String]) -> Command {
    let mut mutants = Command::new(program);
    mutants.args(["mutants", "--package", "session-limit-core"]);
    for file in files {
        mutants.args(["--file", file]);
    }
    mutants
}

/// The names of all mutants.
fn list(workspace: &Workspace, mut mutants: Command) -> Result<Vec<String>, String> {
    let output = workspace.in_it(mutants.arg("--list")).output();
    let output = output.map_err(|error| format!("cargo-mutants: {error}"))?;
    let names = verdict::lines(&String::from_utf8_lossy(&output.stdout));
    if !output.status.success() || names.is_empty() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo-mutants finds no mutants: {said}"));
    }
    Ok(names)
}

/// Adds the arguments of the first try.
fn by_quick_tests(mutants: &mut Command) -> &mut Command {
    mutants.args(["--minimum-test-timeout", "20", "--", "--lib", "--tests", "--"]);
    for test in SLOW {
        mutants.args(["--skip", test]);
    }
    mutants.env("PROPTEST_CASES", FEW_CASES)
}

/// Adds the arguments of the second try. A mutant that never ends runs into the time limit, which
/// is so long that a slow run on a busy machine does not.
fn by_all_tests(mutants: &mut Command) -> &mut Command {
    mutants.args(["--timeout", "180", "--", "--lib", "--tests"])
}

/// Tries one mutant after the other in place, which is the copy. All that does not depend on the
/// core stays built, and so does most of the core.
fn try_all(
    workspace: &Workspace,
    mut mutants: Command,
    by: fn(&mut Command) -> &mut Command,
) -> Result<(), String> {
    mutants.args(["--in-place", "--iterate", "--no-shuffle", "--output"]).arg(workspace.beside(""));
    mutants.arg("--cargo-arg=--locked").arg(format!("--cargo-arg=--config={UNOPTIMISED}"));
    mutants.env("CARGO_PROFILE_DEV_DEBUG", "0");
    // One failure is enough, the least example is not needed, and it must not be kept.
    mutants.env("PROPTEST_MAX_SHRINK_ITERS", "0");
    mutants.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
    let status = workspace.in_it(by(&mut mutants)).status();
    let status = status.map_err(|error| format!("cargo-mutants: {error}"))?;
    let is_verdict = status.code().is_some_and(|code| VERDICTS.contains(&code));
    is_verdict.then_some(()).ok_or_else(|| format!("cargo-mutants: {status}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_may_be_named() {
        let parse = |line: &str| {
            Request::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(
            parse("a.rs --fresh b.rs"),
            Ok(Request { files: vec!["a.rs".into(), "b.rs".into()], fresh: true })
        );
        assert_eq!(parse(""), Ok(Request { files: CODE.map(str::to_owned).into(), fresh: false }));
        assert!(parse("--in-place").is_err());
    }

    #[test]
    fn all_that_is_broken_by_default_is_there() {
        for file in CODE {
            let path = crate::workspace::root().join(file.trim_end_matches("/**"));
            assert!(path.exists(), "{file}");
        }
    }

    #[test]
    fn slow_tests_are_there() {
        let core = crate::workspace::root().join("session-limit-core");
        for test in SLOW {
            let name = test.trim_end_matches("::");
            let of = |folder: &&str| crate::files::below(&core.join(folder), "rs").unwrap();
            let is_there = ["src", "tests"].iter().flat_map(of).any(|file| {
                file.file_stem().is_some_and(|stem| stem == name)
                    || std::fs::read_to_string(file).unwrap().contains(&format!("fn {name}"))
            });
            assert!(is_there, "{test}");
        }
    }
}
