//! Where the time goes: what `perf` finds running while those that are compared have their turns.
//!
//! `cargo xtask profile` builds everything with the names of its functions and runs this.

mod columns;
mod frames;
mod perf;
mod shares;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::time::{ClockId, clock_gettime};

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

/// A time in which nothing else was going on than one of those that are compared.
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
    /// What is done so many times in a turn.
    pub(crate) unit: Unit,
    pub(crate) which: &'static [Which],
}

/// What the time is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unit {
    Admission,
    RoundTrip,
    Session,
    Message,
    Invocation,
}

/// What is wanted, and what was found out so far.
pub(crate) struct Profiler {
    one: OneProcessor,
    /// Of the programs whose functions are looked up.
    programs: PathBuf,
    /// What is recorded, and what is found out, is in there.
    folder: PathBuf,
    /// Names of subjects, or parts of them.
    wanted: Vec<String>,
    found: Vec<Shares>,
}

impl Profiler {
    /// For those of `names` that have one of `wanted` in them, of which each has to be somewhere.
    pub(crate) fn start(
        programs: &Path,
        folder: &Path,
        wanted: &[String],
        names: &[String],
    ) -> Result<Self> {
        for part in wanted {
            let is_known = names.iter().any(|name| name.contains(part.as_str()));
            ensure!(is_known, "{part:?} is in none of these names:\n  {}", names.join("\n  "));
        }
        let (one, wanted) = (OneProcessor::enter()?, wanted.to_vec());
        let (programs, folder) = (programs.to_owned(), folder.to_owned());
        Ok(Self { one, programs, folder, wanted, found: Vec::new() })
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.iter().any(|part| name.contains(part.as_str()))
    }

    pub(crate) fn record(&self) -> Result<Recording> {
        Recording::start(&self.one, &self.folder)
    }

    /// Ends `recording`, in which there were these turns.
    pub(crate) fn add(
        &mut self,
        subject: &Subject,
        recording: Recording,
        turns: &[Turn],
    ) -> Result<()> {
        let samples = recording.stop(&self.programs)?;
        for which in subject.which {
            let name = match which {
                Which::All => subject.name.clone(),
                Which::Slowest => format!("{}: the slowest 2 of 100", subject.name),
            };
            let subject = Subject { name, ..subject.clone() };
            self.found.push(Shares::of(subject, &samples, &which.of(turns))?);
        }
        let details = self.found.iter().map(|shares| format!("{shares}\n")).collect::<String>();
        let file = self.folder.join("profile.md");
        std::fs::write(&file, format!("{}{details}", self.tables()))
            .with_context(|| file.display().to_string())
    }

    /// What was found out so far, as Markdown.
    pub(crate) fn tables(&self) -> String {
        let mut text = String::new();
        for unit in Unit::ALL {
            let of_unit: Vec<_> = self.found.iter().filter(|it| it.subject.unit == unit).collect();
            if let Some(first) = of_unit.first() {
                text.push_str(&format!("{}:\n\n", unit.title()));
                text.push_str(&format!("{}\n\n", table_of(first.subject.columns, &of_unit)));
            }
        }
        text
    }
}

impl Unit {
    const ALL: [Self; 5] =
        [Self::Admission, Self::RoundTrip, Self::Session, Self::Message, Self::Invocation];

    fn title(self) -> &'static str {
        match self {
            Self::Admission => "Microseconds for each admission",
            Self::RoundTrip => "Microseconds for each round trip",
            Self::Session => "Microseconds for each session",
            Self::Message => "Nanoseconds for each message",
            Self::Invocation => "Microseconds for each invocation",
        }
    }

    /// How many of what is shown a second has.
    fn of_second(self) -> f64 {
        if self == Self::Message { 1e9 } else { 1e6 }
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
