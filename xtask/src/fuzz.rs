//! `cargo xtask fuzz`: the targets of `fuzz`, one after the other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::SystemTime;

use crate::steps::{Steps, cargo};
use crate::{Outcome, setup, workspace};

/// The version that is installed if there is none.
const CARGO_FUZZ: &str = "0.13.2";

/// Number of minutes that a target is fuzzed by default.
const MINUTES: u64 = 10;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Request { target, minutes } = Request::parse(arguments)?;
    let targets = match target {
        None => targets()?,
        Some(target) if targets()?.contains(&target) => vec![target],
        Some(target) => {
            return Err(format!("there is no target {target:?}: {}", targets()?.join(", ")));
        }
    };
    let mut steps = Steps::default();
    install(&mut steps)?;
    let folder = workspace::target()?.join("fuzz");
    for target in &targets {
        let start = SystemTime::now();
        let fuzzed = steps.command(
            &format!("fuzz {target} for {minutes} min"),
            &mut fuzz(target, minutes, &folder)?,
        );
        if let Err(error) = fuzzed {
            let found = found_since(start, target);
            return Err(if found.is_empty() { error } else { finding(target, &found) });
        }
    }
    steps.summarise();
    Ok(ExitCode::SUCCESS)
}

/// The request that the command line makes.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    target: Option<String>,
    minutes: u64,
}

impl Request {
    fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut request = Self { target: None, minutes: MINUTES };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--minutes" {
                let minutes = arguments.next().and_then(|minutes| minutes.parse().ok());
                request.minutes =
                    minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes)).ok_or_else(
                        || format!("--minutes: expected a whole number from 1 to {MOST_MINUTES}"),
                    )?;
            } else if argument.starts_with('-') || request.target.is_some() {
                return Err(format!("unexpected argument {argument:?}; [TARGET] [--minutes N]"));
            } else {
                request.target = Some(argument.clone());
            }
        }
        Ok(request)
    }
}

/// A month in minutes. libFuzzer counts seconds in a small number.
const MOST_MINUTES: u64 = 30 * 24 * 60;

/// The targets: each has a program of its own.
fn targets() -> Result<Vec<String>, String> {
    let programs = Path::new("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(programs).map_err(|e| format!("{}: {e}", programs.display()))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Installs cargo-fuzz. Only nightly Rust can fuzz, and it is never downloaded unasked.
fn install(steps: &mut Steps) -> Result<(), String> {
    let mut version = nightly();
    version.args(["cargo", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !version.status().is_ok_and(|status| status.success()) {
        return Err(
            "fuzzing needs nightly Rust: run `rustup toolchain install nightly`, then try \
                    again"
                .into(),
        );
    }
    if setup::is_on_path("cargo-fuzz") {
        return Ok(());
    }
    let mut install = cargo(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ]);
    steps.command("install cargo-fuzz", &mut install)
}

/// A command of the nightly toolchain.
fn nightly() -> Command {
    let mut rustup = Command::new("rustup");
    rustup.env("RUSTUP_AUTO_INSTALL", "0").args(["run", "nightly"]);
    rustup
}

/// The command that fuzzes a target. The inputs that a run finds worth keeping go into a folder
/// below what cargo builds, beside the inputs that are committed.
fn fuzz(target: &str, minutes: u64, folder: &Path) -> Result<Command, String> {
    let grown = folder.join("corpus").join(target);
    std::fs::create_dir_all(&grown).map_err(|error| format!("{}: {error}", grown.display()))?;
    let dictionary = PathBuf::from(format!("fuzz/dictionaries/{target}.dict"));
    let mut command = nightly();
    command.args(["cargo", "fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir"]).arg(folder);
    command.arg(target).arg(grown).arg(format!("fuzz/corpus/{target}")).arg("--");
    command.arg(format!("-max_total_time={}", minutes.saturating_mul(60)));
    command.args(["-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1"]);
    if dictionary.exists() {
        let mut option = OsString::from("-dict=");
        option.push(dictionary);
        command.arg(option);
    }
    Ok(command)
}

/// The inputs that have broken a promise since `start`. An input that is found again is written
/// again.
fn found_since(start: SystemTime, target: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(format!("fuzz/artifacts/{target}")).into_iter().flatten();
    let is_new = |file: &PathBuf| {
        let written = file.metadata().and_then(|file| file.modified());
        written.is_ok_and(|written| written >= start)
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_new).collect()
}

fn finding(target: &str, files: &[PathBuf]) -> String {
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    format!(
        "{target} has found something; to reproduce it, on stable Rust:\n  \
         cargo run -p session-limit-fuzz --bin {target} -- {}\n\
         A mended finding goes into fuzz/corpus/{target}, under a name that says what it is.",
        files.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Request, String> {
        Request::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_target_and_a_time_may_be_named() {
        let named = |target: &str, minutes| Ok(Request { target: Some(target.into()), minutes });
        assert_eq!(parse(""), Ok(Request { target: None, minutes: MINUTES }));
        assert_eq!(parse("delivery"), named("delivery", MINUTES));
        assert_eq!(parse("--minutes 3 delivery"), named("delivery", 3));
        for wrong in ["a b", "--minutes", "--minutes 0", "--minutes x", "--hours 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_finding_says_how_to_reproduce_it() {
        let text = finding("delivery", &["fuzz/artifacts/delivery/crash-1".into()]);
        assert!(text.contains("--bin delivery -- fuzz/artifacts/delivery/crash-1\n"), "{text}");
    }
}
