//! Where the time goes: what `perf` finds running while those that are compared have their turns.
//!
//! `cargo xtask profile` builds everything with the names of its functions and runs this.

mod columns;
mod frames;
mod perf;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use comfy_table::{CellAlignment, Table, presets};
use rustix::time::{ClockId, clock_gettime};

use crate::processor::OneProcessor;
pub(crate) use columns::Columns;
use perf::{FREQUENCY, Recording, Sample};

/// How many functions are shown.
const MOST_FUNCTIONS: usize = 40;

/// Where what is measured begins, ours; what it is held against has the other numbers.
pub(crate) const OURS: usize = 0;
pub(crate) const PEER: usize = 1;

/// Since some time in the past, as `perf` counts it.
pub(crate) fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0))
}

/// A time in which nothing else was going on than one of those that are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Turn {
    /// Which one.
    pub(crate) side: usize,
    from: Duration,
    to: Duration,
    /// How often it did what it does.
    times: f64,
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
    /// All names there are.
    names: Vec<String>,
    found: Vec<Profile>,
}

impl Profiler {
    pub(crate) fn start(programs: &Path, folder: &Path, wanted: &[String]) -> Result<Self> {
        Ok(Self {
            one: OneProcessor::enter()?,
            programs: programs.to_owned(),
            folder: folder.to_owned(),
            wanted: wanted.to_vec(),
            names: Vec::new(),
            found: Vec::new(),
        })
    }

    /// Whether what is called this is wanted.
    pub(crate) fn wants(&mut self, name: &str) -> bool {
        self.names.push(name.to_owned());
        let is_wanted = self.wanted.iter().any(|part| name.contains(part.as_str()));
        if is_wanted {
            eprintln!("    {name}");
        }
        is_wanted
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
            self.found.push(Profile::of(subject, &samples, &which.of(turns))?);
        }
        Ok(())
    }

    /// All that was found out, as Markdown.
    pub(crate) fn finish(self) -> Result<String> {
        let is_known = |part: &&String| self.names.iter().any(|name| name.contains(part.as_str()));
        let unknown: Vec<_> = self.wanted.iter().filter(|part| !is_known(part)).collect();
        let names = self.names.join("\n  ");
        ensure!(!self.found.is_empty(), "{unknown:?} is in none of these names:\n  {names}");
        let mut text = String::new();
        for unit in Unit::ALL {
            let of_unit: Vec<_> = self.found.iter().filter(|p| p.subject.unit == unit).collect();
            if let Some(first) = of_unit.first() {
                text.push_str(&format!("{}:\n\n", unit.title()));
                text.push_str(&format!("{}\n\n", table_of(first.subject.columns, &of_unit)));
            }
        }
        let details = self.found.iter().map(|profile| format!("{profile}\n")).collect::<String>();
        let file = self.folder.join("profile.md");
        std::fs::write(&file, format!("{text}{details}"))?;
        let unknown =
            if unknown.is_empty() { String::new() } else { format!("not found: {unknown:?}\n") };
        Ok(format!("{text}{unknown}their functions: {}", file.display()))
    }
}

impl Unit {
    const ALL: [Self; 4] = [Self::RoundTrip, Self::Session, Self::Message, Self::Invocation];

    fn title(self) -> &'static str {
        match self {
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

/// What is measured, and its peer.
type Both = [f64; 2];

/// What is found running, for each time that something is done.
#[derive(Debug)]
struct Profile {
    subject: Subject,
    samples: [usize; 2],
    /// How much of the time there are samples of; the machine may have been taken away.
    seen: Both,
    all: Both,
    columns: BTreeMap<&'static str, Both>,
    /// By column, name and file.
    functions: BTreeMap<(&'static str, String, String), Both>,
}

impl Profile {
    fn of(subject: Subject, samples: &[Sample], turns: &[Turn]) -> Result<Self> {
        let (mut columns, mut functions) = (BTreeMap::new(), BTreeMap::new());
        let (mut counts, mut seen, mut all) = ([0; 2], [0.0; 2], [0.0; 2]);
        // Recording may have begun after the first turn.
        let recorded = samples.first().zip(samples.last());
        let is_recorded = |turn: &&Turn| {
            recorded.is_some_and(|(first, last)| first.at <= turn.from && turn.to <= last.at)
        };
        for side in [OURS, PEER] {
            let of_side = |turn: &&Turn| turn.side == side;
            let turns: Vec<_> = turns.iter().filter(of_side).filter(is_recorded).collect();
            let found: Vec<_> = turns.iter().flat_map(|turn| within(samples, turn)).collect();
            ensure!(!found.is_empty(), "{}: nothing was found running", subject.name);
            let seconds: f64 = turns.iter().map(|turn| turn.duration().as_secs_f64()).sum();
            let times: f64 = turns.iter().map(|turn| turn.times).sum();
            all[side] = seconds * subject.unit.of_second() / times;
            counts[side] = found.len();
            seen[side] = found.len() as f64 / f64::from(FREQUENCY) / seconds;
            let share = all[side] / found.len() as f64;
            for sample in found {
                let (column, frame) = subject.columns.of(sample);
                let (function, file) =
                    frame.cloned().map(|frame| (frame.function, frame.file)).unwrap_or_default();
                columns.entry(column).or_insert([0.0; 2])[side] += share;
                functions.entry((column, function, file)).or_insert([0.0; 2])[side] += share;
            }
        }
        Ok(Self { subject, samples: counts, seen, all, columns, functions })
    }

    /// What is added to the peer in a column.
    fn added(&self, column: &str) -> f64 {
        let [ours, peer] = self.columns.get(column).copied().unwrap_or_default();
        ours - peer
    }
}

/// The samples, which are in order, that were taken in `turn`.
fn within<'a>(samples: &'a [Sample], turn: &Turn) -> &'a [Sample] {
    let first = samples.partition_point(|sample| sample.at < turn.from);
    let end = samples.partition_point(|sample| sample.at <= turn.to);
    samples.get(first..end).unwrap_or_default()
}

/// A row for each, with the columns that have something in them.
fn table_of(columns: Columns, profiles: &[&Profile]) -> Table {
    let names = columns.names().into_iter();
    let is_shown = |name: &&str| profiles.iter().any(|p| show(p.added(name)) != show(0.0));
    let names: Vec<_> = names.filter(is_shown).collect();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["", "bare", "added", "ratio"].iter().chain(&names));
    for profile in profiles {
        let [ours, peer] = profile.all;
        let head = [profile.subject.name.clone(), show(peer), show(ours - peer)];
        let added = names.iter().map(|name| show(profile.added(name)));
        table.add_row(head.into_iter().chain([format!("{:.2}", ours / peer)]).chain(added));
    }
    let numbers = table.column_iter_mut().skip(1);
    numbers.for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn show(value: f64) -> String {
    let text = if value.abs() < 99.95 { format!("{value:.1}") } else { format!("{value:.0}") };
    if text == "-0.0" { "0.0".to_owned() } else { text }
}

/// Where each of both spends its time: by columns, and by the functions that differ most.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, samples, seen, .. } = self;
        writeln!(f, "## {}\n", subject.name)?;
        for (nth, who) in [(OURS, "ours"), (PEER, "bare")] {
            let share = seen[nth] * 100.0;
            writeln!(f, "{who}: {} samples, of {share:.0} % of the time.", samples[nth])?;
        }
        writeln!(f, "\n{}:\n", subject.unit.title())?;
        writeln!(f, "| | function | file | ours | bare | added |\n|---|---|---|--:|--:|--:|")?;
        let columns = self.columns.iter().map(|(column, both)| (*column, "", "", *both));
        let functions = self.functions.iter();
        let functions =
            functions.map(|((column, name, file), both)| (*column, &**name, &**file, *both));
        let mut functions: Vec<_> = functions.collect();
        let apart = |[ours, peer]: Both| (ours - peer).abs();
        functions.sort_by(|one, other| apart(other.3).total_cmp(&apart(one.3)));
        let functions = functions.into_iter().take(MOST_FUNCTIONS);
        for (column, name, file, [ours, peer]) in columns.chain(functions) {
            let name = name.replace('|', "\\|");
            let added = ours - peer;
            writeln!(f, "| {column} | {name} | {file} | {ours:.2} | {peer:.2} | {added:.2} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn turn(side: usize, from: u64, to: u64) -> Turn {
        Turn { side, from: millis(from), to: millis(to), times: 10.0 }
    }

    fn sample(at: u64, file: &str) -> Sample {
        let frame = frames::Frame { function: "function".to_owned(), file: file.to_owned() };
        let (thread, object) = ("measure".to_owned(), "/target/measure".to_owned());
        Sample { at: millis(at), thread, object, frames: vec![frame] }
    }

    fn subject() -> Subject {
        let name = "a subject".to_owned();
        let (columns, unit, which) = (Columns::LEDGERS, Unit::RoundTrip, &[Which::All][..]);
        Subject { name, columns, unit, which }
    }

    /// Ours takes 4 ms for ten round trips, 3 of them in the ledger; bare ones take 2.
    #[test]
    fn a_turn_is_divided_as_its_samples_are() {
        let (core, tokio) = ("session-limit-core/src/ledger.rs", "tokio-1.0.0/src/lib.rs");
        let samples = [
            sample(0, "before"),
            sample(10, core),
            sample(11, core),
            sample(12, core),
            sample(14, tokio),
            sample(15, "between"),
            sample(21, tokio),
            sample(30, "after"),
        ];
        let turns = [turn(OURS, 10, 14), turn(PEER, 20, 22)];
        let profile = Profile::of(subject(), &samples, &turns).unwrap();
        assert_eq!(profile.all, [400.0, 200.0]);
        assert_eq!(profile.samples, [4, 1]);
        assert_eq!((profile.added("ledger"), profile.added("tokio, clock")), (300.0, -100.0));
        let sum: f64 = Columns::LEDGERS.names().iter().map(|name| profile.added(name)).sum();
        assert_eq!(sum, 200.0, "the columns add up to what is added");
        let table = table_of(Columns::LEDGERS, &[&profile]).to_string();
        assert!(table.contains("ledger") && !table.contains("TLS"), "{table}");
        assert!(profile.to_string().contains("| ledger | function | session-limit-core"));
    }

    #[test]
    fn turns_that_were_not_recorded_do_not_count() {
        let samples = [sample(10, "a"), sample(11, "b"), sample(20, "c"), sample(25, "d")];
        let turns = [turn(OURS, 5, 10), turn(OURS, 10, 12), turn(PEER, 20, 25), turn(PEER, 25, 26)];
        let profile = Profile::of(subject(), &samples, &turns).unwrap();
        assert_eq!((profile.all, profile.samples), ([200.0, 500.0], [2, 2]));
        assert!(Profile::of(subject(), &samples, &turns[..2]).is_err(), "no peer");
    }

    #[test]
    fn the_slowest_are_those_of_each_side() {
        let turns = |side: usize| (1..=100).map(move |duration| turn(side, 0, duration));
        let turns: Vec<_> = turns(OURS).chain(turns(PEER)).collect();
        let slowest = Which::Slowest.of(&turns);
        let of = |side, duration| turn(side, 0, duration);
        assert_eq!(slowest, [of(OURS, 100), of(OURS, 99), of(PEER, 100), of(PEER, 99)]);
        assert_eq!(Which::All.of(&turns), turns);
    }
}
