//! `cargo xtask instructions`: compares the instructions that the hot paths take with those
//! recorded.
//!
//! Time on a shared machine is noise; instructions are the same each time. A path is walked [`FEW`]
//! and [`MANY`] times. The difference tells what it takes once. So neither the start of the program
//! nor the making of its data counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::steps::{Steps, cargo};
use crate::{Outcome, setup, workspace};

/// The counts of this machine's kind, below the root of the workspace.
const RECORD: &str = "bench/instructions.txt";
/// The processor and the system of the recorded counts. Others take other numbers of instructions.
const TARGET: (&str, &str) = ("x86_64", "linux");

/// The tolerance in hundredths. Other compilers and C libraries make other programs: such a
/// difference does not come from our code.
const TOLERANCE: u64 = 8;

const FEW: u64 = 10;
const MANY: u64 = 30;

/// Numbers of instructions by path.
type Counts = BTreeMap<String, u64>;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let is_record = match arguments {
        [] => false,
        [argument] if argument == "--record" => true,
        _ => return Err("usage: cargo xtask instructions [--record]".into()),
    };
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    if !is_record {
        check(&mut steps)?;
    } else if is_target() {
        let counts = count(&mut steps)?;
        let file = workspace::root().join(RECORD);
        std::fs::write(&file, text_of(&counts)).map_err(|e| format!("{}: {e}", file.display()))?;
    } else {
        return Err(format!("the counts are recorded on {} {}", TARGET.0, TARGET.1));
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares the paths with the record, as a step.
pub(crate) fn check(steps: &mut Steps) -> Result<(), String> {
    if !is_target() {
        eprintln!("\n    instructions are not counted: they are recorded on {TARGET:?}");
        return Ok(());
    }
    let counts = count(steps)?;
    let file = workspace::root().join(RECORD);
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let recorded = counts_in(&text);
    for (path, count) in &counts {
        let was = recorded.get(path).map_or_else(|| "nothing".to_owned(), u64::to_string);
        eprintln!("    {path}: {count}, recorded {was}");
    }
    steps.step("hot paths take the instructions that are recorded", || compare(&recorded, &counts))
}

fn is_target() -> bool {
    (std::env::consts::ARCH, std::env::consts::OS) == TARGET
}

fn count(steps: &mut Steps) -> Result<Counts, String> {
    let mut build = cargo(["build", "--quiet", "--locked", "--release"]);
    build.args(["--package", "session-limit-bench", "--bin", "hot-paths"]);
    steps.command("build the hot paths", &mut build)?;
    let mut counts = Counts::new();
    steps.step("count the instructions of the hot paths", || {
        let program = workspace::target()?.join("release/hot-paths");
        let folder = workspace::target()?.join("instructions");
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for path in output(&mut Command::new(&program))?.0.lines() {
            let profile = folder.join(path);
            let few = collected(&program, path, FEW, &profile)?;
            let many = collected(&program, path, MANY, &profile)?;
            counts.insert(path.to_owned(), many.saturating_sub(few) / (MANY - FEW));
        }
        eprintln!("    their profiles, for callgrind_annotate: {}", folder.display());
        Ok(())
    })?;
    Ok(counts)
}

/// The number of instructions that it takes to walk `path` so many `times`, start and end included.
fn collected(program: &Path, path: &str, times: u64, profile: &Path) -> Result<u64, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--tool=callgrind");
    valgrind.arg(format!("--callgrind-out-file={}", profile.display()));
    let said = output(valgrind.arg(program).args([path, &times.to_string()]))?.1;
    let text = std::fs::read_to_string(profile);
    let text = text.map_err(|error| format!("{}: {error}: {said}", profile.display()))?;
    let no_total = || format!("{} has no total of instructions: {said}", profile.display());
    total_of(&text).ok_or_else(no_total)
}

/// The number of instructions of a whole profile, whose format callgrind's manual defines. The text
/// that valgrind prints is for people.
fn total_of(profile: &str) -> Option<u64> {
    let field = |name: &str| profile.lines().find_map(|line| line.strip_prefix(name));
    let events = field("events:")?.split_whitespace();
    let totals = field("totals:").or_else(|| field("summary:"))?.split_whitespace();
    events.zip(totals).find(|(event, _)| *event == "Ir")?.1.parse().ok()
}

/// Runs a command and returns what it writes to both streams.
fn output(command: &mut Command) -> Result<(String, String), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() {
        Ok((stdout, stderr))
    } else {
        Err(format!("{command:?}: {}: {stderr}", output.status))
    }
}

/// Fails with all differences, one a line.
fn compare(recorded: &Counts, counted: &Counts) -> Result<(), String> {
    let mut differences = Vec::new();
    for path in recorded.keys().chain(counted.keys().filter(|path| !recorded.contains_key(*path))) {
        match (recorded.get(path), counted.get(path)) {
            (Some(was), Some(is)) if is.abs_diff(*was) * 100 > was * TOLERANCE => {
                let change = 100.0 * (*is as f64 / *was as f64 - 1.0);
                differences.push(format!("{path}: {is}, recorded {was}: {change:+.1} %"));
            }
            (Some(_), Some(_)) => {}
            (None, _) => differences.push(format!("{path}: nothing is recorded")),
            (_, None) => differences.push(format!("{path}: there is no such path any more")),
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    let list = differences.join("\n  ");
    Err(format!("\n  {list}\nif that is meant: cargo xtask instructions --record"))
}

fn text_of(counts: &Counts) -> String {
    let (arch, os) = TARGET;
    let mut text = format!(
        "# Instructions of each hot path on {arch} {os}: `cargo xtask instructions --record`.\n"
    );
    for (path, count) in counts {
        text.push_str(&format!("{path} {count}\n"));
    }
    text
}

fn counts_in(text: &str) -> Counts {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.filter_map(|(path, count)| Some((path.to_owned(), count.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Counts {
        counts_in(text)
    }

    #[test]
    fn the_total_of_a_profile_is_that_of_its_instructions() {
        let head = "version: 1\ncreator: callgrind-3.19.0\n";
        let total = |rest: &str| total_of(&format!("{head}{rest}"));
        assert_eq!(total("events: Ir\nsummary: 7\nfn=(1) a\n3 5\ntotals: 7\n"), Some(7));
        assert_eq!(total("events: Dr Ir\nsummary: 1 7\n"), Some(7));
        assert_eq!(total("events: Dr\ntotals: 1\n"), None);
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let counts = counts("login 51364\npayload 2409137");
        assert_eq!(counts.len(), 2);
        assert_eq!(counts_in(&text_of(&counts)), counts);
    }

    #[test]
    fn a_difference_beyond_the_tolerance_is_told_either_way() {
        let recorded = counts("login 1000");
        for same in ["login 1080", "login 1000", "login 920"] {
            assert_eq!(compare(&recorded, &counts(same)), Ok(()), "{same}");
        }
        for (other, told) in [("login 1081", "+8.1 %"), ("login 919", "-8.1 %")] {
            let told_of = compare(&recorded, &counts(other)).unwrap_err();
            assert!(told_of.contains(told), "{told_of}");
        }
    }

    #[test]
    fn a_path_is_recorded_and_a_record_has_a_path() {
        let recorded = counts("login 1000\nold 1");
        let told = compare(&recorded, &counts("login 1000\nnew 1")).unwrap_err();
        assert!(told.contains("old: there is no such path") && told.contains("new: nothing"));
    }
}
