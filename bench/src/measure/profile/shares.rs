//! What part of the time each column and each function takes.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Result, ensure};
use comfy_table::{CellAlignment, Table, presets};

use super::columns::Columns;
use super::perf::{FREQUENCY, Sample};
use super::{OURS, PEER, Subject, Turn};

/// How many functions are shown.
const MOST_FUNCTIONS: usize = 40;

/// What is measured, and its peer.
type Both = [f64; 2];

/// What is found running, for each time that something is done.
#[derive(Debug)]
pub(crate) struct Shares {
    pub(crate) subject: Subject,
    samples: [usize; 2],
    /// How much of the time there are samples of; the machine may have been taken away.
    seen: Both,
    all: Both,
    columns: BTreeMap<&'static str, Both>,
    /// By column, name and file.
    functions: BTreeMap<(&'static str, String, String), Both>,
}

impl Shares {
    pub(crate) fn of(subject: Subject, samples: &[Sample], turns: &[Turn]) -> Result<Self> {
        let (mut columns, mut functions) = (BTreeMap::new(), BTreeMap::new());
        let (mut counts, mut seen, mut all) = ([0; 2], [0.0; 2], [0.0; 2]);
        for side in [OURS, PEER] {
            let of_side = |turn: &&Turn| turn.side == side;
            let turns: Vec<_> = turns.iter().filter(of_side).collect();
            let found: Vec<_> = turns.iter().flat_map(|turn| within(samples, turn)).collect();
            ensure!(!found.is_empty(), "nothing was found running");
            let seconds: f64 = turns.iter().map(|turn| turn.duration().as_secs_f64()).sum();
            let times: f64 = turns.iter().map(|turn| turn.times).sum();
            all[side] = seconds * subject.columns.of_second / times;
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
pub(crate) fn table_of(columns: Columns, profiles: &[&Shares]) -> Table {
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
impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, samples, seen, .. } = self;
        writeln!(f, "## {}\n", subject.name)?;
        for (nth, who) in [(OURS, "ours"), (PEER, "bare")] {
            let share = seen[nth] * 100.0;
            writeln!(f, "{who}: {} samples, of {share:.0} % of the time.", samples[nth])?;
        }
        writeln!(f, "\n{}:\n", subject.columns.title)?;
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
    use super::super::frames::Frame;
    use std::time::Duration;

    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn turn(side: usize, from: u64, to: u64) -> Turn {
        Turn { side, from: millis(from), to: millis(to), times: 10.0 }
    }

    fn sample(at: u64, file: &str) -> Sample {
        let frame = Frame { function: "function".to_owned(), file: file.to_owned() };
        let (thread, object) = ("measure".to_owned(), "/target/measure".to_owned());
        Sample { at: millis(at), thread, object, frames: vec![frame] }
    }

    fn subject() -> Subject {
        let name = "a subject".to_owned();
        Subject { name, columns: Columns::LEDGERS }
    }

    /// Ours takes 4 ms for ten admissions, 3 of them in the ledger; bare ones take 2.
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
        let shares = Shares::of(subject(), &samples, &turns).unwrap();
        assert_eq!(shares.all, [400.0, 200.0]);
        assert_eq!(shares.samples, [4, 1]);
        assert_eq!((shares.added("ledger"), shares.added("tokio, clock")), (300.0, -100.0));
        let sum: f64 = Columns::LEDGERS.names().iter().map(|name| shares.added(name)).sum();
        assert_eq!(sum, 200.0, "the columns add up to what is added");
        let table = table_of(Columns::LEDGERS, &[&shares]).to_string();
        assert!(table.contains("ledger") && !table.contains("TLS"), "{table}");
        assert!(shares.to_string().contains("| ledger | function | session-limit-core"));
    }

    #[test]
    fn each_side_has_to_be_seen() {
        let samples = [sample(10, "a"), sample(11, "b")];
        assert!(
            Shares::of(subject(), &samples, &[turn(OURS, 10, 12), turn(PEER, 12, 14)]).is_err()
        );
    }
}
