//! Where the time goes: what `perf` finds running while those that are compared have their turns.
//!
//! `cargo xtask bench --profile` builds everything with the names of its functions and turns this on.

mod columns;
mod frames;
mod perf;
mod shares;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use tempfile::TempDir;

use crate::processor::OneProcessor;
pub(crate) use columns::Columns;
use perf::Recording;
use shares::{Shares, table_of};

/// The side of what is measured.
pub(crate) const OURS: usize = 0;
/// The side of what it is held against. There may be others, which are not shown.
pub(crate) const PEER: usize = 1;

/// Since some time in the past, as `perf` counts it.
pub(crate) fn now() -> Duration {
    // It is never negative.
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}

/// From when to when one of those that are compared did something. What is looked at are turns in which
/// nothing else was going on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Turn {
    /// Which one.
    pub(crate) side: usize,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    /// How often it did what it does.
    pub(crate) times: f64,
}

impl Turn {
    /// One that ends now.
    pub(crate) fn since(from: Duration, side: usize, times: f64) -> Self {
        Self { side, from, to: now(), times }
    }

    /// From the first of these, which are of one side, to the end of the last.
    pub(crate) fn around(turns: &[Self]) -> Option<Self> {
        let around = |one: Self, other: Self| Self {
            side: one.side,
            from: one.from.min(other.from),
            to: one.to.max(other.to),
            times: one.times + other.times,
        };
        turns.iter().copied().reduce(around)
    }

    pub(crate) fn duration(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// Whose turns are shown, of what was recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Which {
    All,
    /// The slowest 2 of 100, of whose durations the median is p99.
    Slowest,
}

/// Something that is compared, and how it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) columns: Columns,
}

/// Records while something is measured, if it is on. What it has recorded is looked at when nothing
/// is measured any more.
pub(crate) struct Profiler {
    /// There is none if it is off.
    folder: Option<TempDir>,
    recorded: Vec<Recorded>,
}

struct Recorded {
    subject: Subject,
    file: Result<PathBuf>,
    turns: Vec<Turn>,
}

/// What was found out.
#[derive(Debug)]
pub(crate) struct Profiles {
    found: Vec<Shares>,
    failures: Vec<anyhow::Error>,
}

impl Profiler {
    /// With what is recorded in `folder` meanwhile.
    pub(crate) fn new(is_on: bool, folder: &Path) -> Result<Self> {
        let recordings = || tempfile::Builder::new().prefix("perf-").tempdir_in(folder);
        Ok(Self { folder: is_on.then(recordings).transpose()?, recorded: Vec::new() })
    }

    /// Begins to record what that one processor does, if it is on.
    pub(crate) fn record(&self, one: &OneProcessor) -> Result<Option<Recording>> {
        let file = |folder: &TempDir| folder.path().join(self.recorded.len().to_string());
        self.folder.as_ref().map(|folder| Recording::start(one, file(folder))).transpose()
    }

    /// Ends `recording`, in which there were these turns.
    pub(crate) fn add(&mut self, recording: Option<Recording>, turns: Vec<Turn>, subject: Subject) {
        if let Some(recording) = recording {
            self.recorded.push(Recorded { subject, file: recording.stop(), turns });
        }
    }

    /// Looks at what was recorded, if it is on: `programs` is the folder of those whose functions are
    /// looked up.
    pub(crate) fn look(self, programs: &Path) -> Option<Profiles> {
        self.folder.as_ref()?;
        let mut profiles = Profiles { found: Vec::new(), failures: Vec::new() };
        for result in self.recorded.into_iter().flat_map(|recorded| recorded.look(programs)) {
            match result {
                Ok(shares) => profiles.found.push(shares),
                Err(error) => profiles.failures.push(error),
            }
        }
        Some(profiles)
    }
}

impl Recorded {
    /// All that is to be shown of it, or why it is not.
    fn look(self, programs: &Path) -> Vec<Result<Shares>> {
        let samples = match self.file.and_then(|file| perf::samples_in(&file, programs)) {
            Ok(samples) => samples,
            Err(error) => return vec![Err(error.context(self.subject.name))],
        };
        let shares = |which: &Which| {
            let name = match which {
                Which::All => self.subject.name.clone(),
                Which::Slowest => format!("{}: the slowest 2 of 100", self.subject.name),
            };
            let subject = Subject { name: name.clone(), ..self.subject };
            Shares::of(subject, &samples, &which.of(&self.turns)).context(name)
        };
        self.subject.columns.which.iter().map(shares).collect()
    }
}

impl Profiles {
    /// What is added by column, as Markdown.
    pub(crate) fn tables(&self) -> String {
        let mut text = String::new();
        for columns in [Columns::LEDGERS, Columns::PAYLOADS, Columns::FUNCTIONS] {
            let is_shown = |it: &&Shares| it.subject.columns.title == columns.title;
            let shown: Vec<_> = self.found.iter().filter(is_shown).collect();
            if !shown.is_empty() {
                text += &format!("{}:\n\n{}\n\n", columns.title, table_of(columns, &shown));
            }
        }
        text
    }

    /// The functions that differ most, as Markdown.
    pub(crate) fn functions(&self) -> String {
        self.found.iter().map(|shares| format!("{shares}\n")).collect()
    }

    /// Why some of what was recorded is in none of these, if any is not.
    pub(crate) fn complete(self) -> Result<()> {
        let failures = self.failures.iter().map(|error| format!("{error:#}"));
        ensure!(self.failures.is_empty(), "{}", failures.collect::<Vec<_>>().join("\n"));
        Ok(())
    }
}

impl Which {
    fn of(self, turns: &[Turn]) -> Vec<Turn> {
        let mut of_sides = BTreeMap::new();
        for turn in turns {
            of_sides.entry(turn.side).or_insert_with(Vec::new).push(*turn);
        }
        let slowest = |mut turns: Vec<Turn>| {
            turns.sort_by_key(|turn| std::cmp::Reverse(turn.duration()));
            turns.truncate(turns.len().div_ceil(50));
            turns
        };
        match self {
            Self::All => turns.to_vec(),
            Self::Slowest => of_sides.into_values().flat_map(slowest).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_at_is_told_at_the_end() {
        let subject = |name: &str| Subject { name: name.to_owned(), columns: Columns::LEDGERS };
        let recorded = |name, file| Recorded { subject: subject(name), file, turns: Vec::new() };
        let no_recording = recorded("one", Err(anyhow::anyhow!("perf: it ended early")));
        let no_file = recorded("another", Ok(PathBuf::from("/nowhere/at/all")));
        let folder = Some(tempfile::tempdir().unwrap());
        let profiler = Profiler { folder, recorded: vec![no_recording, no_file] };
        let profiles = profiler.look(Path::new("/nowhere")).unwrap();
        assert_eq!(profiles.tables(), "");
        let said = profiles.complete().unwrap_err().to_string();
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(lines[0], "one: perf: it ended early");
        assert!(lines[1].starts_with("another: "), "{said}");
        let off = Profiler { folder: None, recorded: Vec::new() };
        assert!(off.look(Path::new("/nowhere")).is_none());
    }

    #[test]
    fn turns_at_once_are_one() {
        let turn = |from, to| {
            let (from, to) = (Duration::from_millis(from), Duration::from_millis(to));
            Turn { side: PEER, from, to, times: 2.0 }
        };
        let around = Turn::around(&[turn(3, 4), turn(1, 5), turn(2, 3)]);
        assert_eq!(around, Some(Turn { times: 6.0, ..turn(1, 5) }));
        assert_eq!(Turn::around(&[]), None);
    }

    #[test]
    fn the_slowest_are_those_of_each_side() {
        let turn = |side, millis| {
            let (from, to) = (Duration::ZERO, Duration::from_millis(millis));
            Turn { side, from, to, times: 1.0 }
        };
        let turns = |side: usize| (1..=100).map(move |millis| turn(side, millis));
        let turns: Vec<_> = turns(OURS).chain(turns(PEER)).collect();
        let slowest = Which::Slowest.of(&turns);
        let slow = [turn(OURS, 100), turn(OURS, 99), turn(PEER, 100), turn(PEER, 99)];
        assert_eq!(slowest, slow);
        assert_eq!(Which::All.of(&turns), turns);
    }
}
