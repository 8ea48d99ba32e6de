//! The fate of each mutant, compared with the list of exceptions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::path::Path;

/// A mutant that may live. A mutant that is in two places of a function is listed twice.
pub(super) struct Exception {
    /// The name that cargo-mutants gives it, without line and column.
    pub(super) mutant: &'static str,
    pub(super) reason: &'static str,
}

/// The results of a run that cargo-mutants has written: the names of mutants, by their fate.
#[derive(Default)]
pub(super) struct Outcomes {
    /// Mutants with which a test failed, now or in a run before.
    pub(super) caught: BTreeSet<String>,
    /// Mutants that do not compile.
    pub(super) unviable: BTreeSet<String>,
    /// Mutants with which the tests did not end, as in an endless loop.
    pub(super) timed_out: BTreeSet<String>,
    /// Mutants with which every test passed.
    pub(super) missed: BTreeSet<String>,
}

impl Outcomes {
    /// Reads the files in a folder `mutants.out`. For the runs before, they do not tell mutants
    /// that did not compile from those that were caught. So `unviable` are the ones that are
    /// remembered.
    pub(super) fn read(folder: &Path, unviable: BTreeSet<String>) -> Result<Self, String> {
        let read = |name: &str| read(&folder.join(name));
        let mut caught = read("caught.txt")?;
        let mut unviable = &unviable - &caught;
        unviable.extend(read("unviable.txt")?);
        caught.extend(read("previously_caught.txt")?);
        let (timed_out, missed) = (read("timeout.txt")?, read("missed.txt")?);
        Ok(Self { caught, unviable, timed_out, missed })
    }
}

/// The lines of a file. There are none if there is no file, as before the first run.
pub(super) fn read(path: &Path) -> Result<BTreeSet<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(lines(&text).into_iter().collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// The lines of a text that say something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The verdict on a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The counts, by part of the core.
    counts: BTreeMap<String, Counts>,
    timed_out: Vec<String>,
    accepted: Vec<(String, &'static str)>,
    /// Mutants that live and are not on the list.
    survivors: Vec<String>,
    /// Mutants on the list that do not live, or that no longer exist.
    idle: Vec<&'static str>,
    /// Mutants of which nothing is known.
    untried: Vec<String>,
}

/// Number of mutants, and of those with each fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    mutants: usize,
    failed: usize,
    timed_out: usize,
    unviable: usize,
    accepted: usize,
    survivors: usize,
}

impl Verdict {
    /// Judges `mutants`, by those exceptions of the list that concern their files.
    pub(super) fn of(mutants: &[String], outcomes: &Outcomes, list: &[Exception]) -> Self {
        let files: BTreeSet<_> = mutants.iter().filter_map(|mutant| file(mutant)).collect();
        let mut open: Vec<_> =
            list.iter().filter(|it| file(it.mutant).is_some_and(|f| files.contains(f))).collect();
        let mut verdict = Self::default();
        for mutant in mutants {
            let counts = verdict.counts.entry(part(mutant).to_owned()).or_default();
            counts.mutants += 1;
            if outcomes.missed.contains(mutant) {
                let name = without_place(mutant);
                match open.iter().position(|accepted| accepted.mutant == name) {
                    Some(at) => {
                        counts.accepted += 1;
                        verdict.accepted.push((mutant.clone(), open.swap_remove(at).reason));
                    }
                    None => {
                        counts.survivors += 1;
                        verdict.survivors.push(mutant.clone());
                    }
                }
            } else if outcomes.timed_out.contains(mutant) {
                counts.timed_out += 1;
                verdict.timed_out.push(mutant.clone());
            } else if outcomes.unviable.contains(mutant) {
                counts.unviable += 1;
            } else if outcomes.caught.contains(mutant) {
                counts.failed += 1;
            } else {
                verdict.untried.push(mutant.clone());
            }
        }
        verdict.idle = open.iter().map(|accepted| accepted.mutant).collect();
        verdict
    }

    /// Returns true if every mutant is caught, or may live, and the list holds no others.
    pub(super) fn is_good(&self) -> bool {
        self.survivors.is_empty() && self.idle.is_empty() && self.untried.is_empty()
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counts, timed_out, accepted, survivors, idle, untried } = self;
        writeln!(
            f,
            "| | mutants | a test fails | takes too long | does not compile | accepted | survives |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|")?;
        let mut total = Counts::default();
        for (part, counts) in counts {
            counts.write(part, f)?;
            total.add(counts);
        }
        total.write("all", f)?;
        for mutant in timed_out {
            writeln!(f, "  timeout   {mutant}")?;
        }
        for (mutant, reason) in accepted {
            writeln!(f, "  accepted  {mutant}: {reason}")?;
        }
        for mutant in survivors {
            writeln!(f, "  SURVIVES  {mutant}")?;
        }
        for mutant in idle {
            writeln!(
                f,
                "  listed in xtask/src/mutants/exceptions.rs, and CAUGHT or GONE: {mutant}"
            )?;
        }
        for mutant in untried {
            writeln!(f, "  NOT TRIED {mutant}")?;
        }
        Ok(())
    }
}

impl Counts {
    /// A row of the table.
    fn write(&self, part: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mutants, failed, timed_out, unviable, accepted, survivors } = self;
        writeln!(
            f,
            "| {part} | {mutants} | {failed} | {timed_out} | {unviable} | {accepted} | {survivors} |"
        )
    }

    fn add(&mut self, other: &Self) {
        self.mutants += other.mutants;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.unviable += other.unviable;
        self.accepted += other.accepted;
        self.survivors += other.survivors;
    }
}

/// The part of the core that a mutant is in: PART in `CRATE/src/PART.rs:…` and in
/// `CRATE/src/PART/…`.
fn part(mutant: &str) -> &str {
    let (_, path) = mutant.split_once("/src/").unwrap_or(("", mutant));
    path.split(['/', '.', ':']).next().unwrap_or(path)
}

/// FILE in `FILE:LINE:COLUMN: WHAT`, or without its place.
fn file(mutant: &str) -> Option<&str> {
    mutant.split_once(':').map(|(file, _)| file)
}

/// `FILE: WHAT` from `FILE:LINE:COLUMN: WHAT`.
fn without_place(mutant: &str) -> String {
    let mut parts = mutant.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(_), Some(what)) => format!("{file}:{what}"),
        _ => mutant.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(mutants: &[&str]) -> BTreeSet<String> {
        mutants.iter().map(|mutant| (*mutant).to_owned()).collect()
    }

    fn accepted(mutant: &'static str) -> Exception {
        Exception { mutant, reason: "it makes no difference" }
    }

    /// Judges five mutants, two of which have the same name in two places.
    fn judge(list: &[Exception]) -> Verdict {
        let mutants = [
            "a.rs:1:2: x -> y",
            "a.rs:9:9: x -> y",
            "b.rs:1:1: -> A::b",
            "b.rs:2:1: loop",
            "b.rs:3:1: no code",
        ];
        let outcomes = Outcomes {
            // A run before may not tell the one from the other.
            caught: set(&["b.rs:1:1: -> A::b", "b.rs:3:1: no code", "c.rs:1:1: z"]),
            unviable: set(&["b.rs:3:1: no code"]),
            timed_out: set(&["b.rs:2:1: loop"]),
            missed: set(&["a.rs:1:2: x -> y", "a.rs:9:9: x -> y"]),
        };
        Verdict::of(&mutants.map(str::to_owned), &outcomes, list)
    }

    #[test]
    fn a_survivor_is_accepted_as_often_as_it_is_listed() {
        assert_eq!(judge(&[]).survivors, ["a.rs:1:2: x -> y", "a.rs:9:9: x -> y"]);
        assert_eq!(judge(&[accepted("a.rs: x -> y")]).survivors, ["a.rs:9:9: x -> y"]);
        let both = judge(&[accepted("a.rs: x -> y"), accepted("a.rs: x -> y")]);
        assert!(both.is_good(), "{both}");
    }

    #[test]
    fn it_is_counted_by_the_parts_of_the_core() {
        let verdict = judge(&[accepted("a.rs: x -> y")]).to_string();
        let rows: Vec<_> = verdict.lines().skip(2).take(3).collect();
        let expected = [
            "| a | 2 | 0 | 0 | 0 | 1 | 1 |",
            "| b | 3 | 1 | 1 | 1 | 0 | 0 |",
            "| all | 5 | 1 | 1 | 1 | 1 | 1 |",
        ];
        assert_eq!(rows, expected);
        for mutant in ["core/src/auth.rs:1:1: x", "core/src/auth/decoy.rs:1:1: x"] {
            assert_eq!(part(mutant), "auth");
        }
    }

    #[test]
    fn what_is_listed_has_to_live() {
        for name in ["b.rs: -> A::b", "b.rs: was once", "b.rs: loop"] {
            let twice = || accepted("a.rs: x -> y");
            let verdict = judge(&[twice(), twice(), accepted(name)]);
            assert_eq!(verdict.idle, [name]);
            assert!(!verdict.is_good());
        }
        assert!(judge(&[accepted("elsewhere.rs: x")]).idle.is_empty(), "it was not tried");
    }

    #[test]
    fn a_mutant_of_which_nothing_is_known_is_told() {
        let mutants = ["a.rs:1:1: x".to_owned()];
        let verdict = Verdict::of(&mutants, &Outcomes::default(), &[]);
        assert_eq!(verdict.untried, mutants);
        assert!(!verdict.is_good());
    }
}
