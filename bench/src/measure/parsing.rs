//! What it takes to read a payload, measured by criterion, next to the least and to the easiest, in
//! turn.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use criterion::Criterion;
use serde::Deserialize;
use session_limit_bench::logins::NOW;
use session_limit_bench::payloads::{self, Form};

use crate::figures::{Bound, Row, Unit, quantile};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::profile::{self, Columns, Profiler, Subject, Turn, Which, now};

const GROUP: &str = "reading payloads";

/// Of the time of gunzip and a borrowed parse of both levels.
const BOUND: Bound = Bound::Times(1.2);

const COUNTS: [usize; 3] = [1, 100, 10_000];

/// A way to read a payload, which tells how many messages it has seen, or bytes.
type Way = fn(&[u8], Form) -> usize;

/// The tracker's, and what it is compared with, the least first.
const WAYS: [(&str, Way); 4] = [
    ("tracker", |event, _| payloads::read_as_tracker(event)),
    ("borrowed", payloads::read_borrowed),
    ("gunzip", |event, _| black_box(payloads::gunzip(event)).len()),
    ("value", payloads::read_as_value),
];

pub(crate) fn measure(plan: Plan<'_>, profiler: &mut Profiler) -> Result<Vec<Row>> {
    let one = OneProcessor::enter()?;
    let mut rows = Vec::new();
    for (form, count) in payloads() {
        let name = describe((form, count));
        if !plan.begins(&name) {
            continue;
        }
        let event = payloads::event(form, 0..count, NOW);
        for (way, read) in WAYS.iter().filter(|(way, _)| *way != "gunzip") {
            let seen = read(event.as_bytes(), form);
            ensure!(seen == count, "{name}: {way} reads {seen}");
        }
        let recording = profiler.record(&one)?;
        let (samples, turns) = samples(plan, event.as_bytes(), (form, count))?;
        let [tracker, borrowed, gunzip, value] = samples;
        let next_to = |what_peer: &str, peer: &[f64]| {
            Row::new(GROUP, &name, Unit::Microseconds).in_pairs(&tracker, what_peer, peer)
        };
        // Only what is structured has a second level of JSON.
        let (least, easiest) = match form {
            Form::Structured => ("borrowed parse of both levels", "serde_json into Value, twice"),
            Form::Legacy => ("borrowed parse, words", "serde_json into Value, words"),
        };
        let least = format!("gunzip + {least}");
        rows.push(next_to(&least, &borrowed).bound(BOUND).short());
        rows.push(next_to("gunzip alone", &gunzip).short());
        rows.push(next_to(&format!("gunzip + {easiest}"), &value).short());
        let (columns, unit) = (Columns::PAYLOADS, profile::Unit::Message);
        profiler.add(recording, turns, Subject { name, columns, unit, which: &[Which::All] })?;
    }
    Ok(rows)
}

pub(crate) fn names() -> Vec<String> {
    payloads().into_iter().map(describe).collect()
}

/// In which form the messages are, and how many.
type Payload = (Form, usize);

fn payloads() -> Vec<Payload> {
    let of_form = |form| COUNTS.map(|count| (form, count));
    Form::ALL.into_iter().flat_map(of_form).collect()
}

fn describe((form, count): Payload) -> String {
    let messages = if count == 1 { "message" } else { "messages" };
    format!("{GROUP}: {count} {} {messages}", form.name())
}

/// Microseconds of each way, one figure for each round of all, and who had a turn when.
fn samples(
    plan: Plan<'_>,
    event: &[u8],
    (form, count): Payload,
) -> Result<([Vec<f64>; WAYS.len()], Vec<Turn>)> {
    let millis = if plan.is_trial { 50 } else { 200 };
    let (mut samples, mut turns) = ([const { Vec::new() }; WAYS.len()], Vec::new());
    for _ in 0..plan.rounds() {
        // A folder of its own, lest criterion compares a round with the one before.
        let folder = tempfile::tempdir()?;
        let mut criterion = Criterion::default()
            .sample_size(10)
            .nresamples(1_001) // the fewest that it takes in silence
            .warm_up_time(Duration::from_millis(millis / 4))
            .measurement_time(Duration::from_millis(millis))
            .output_directory(folder.path());
        for (nth, ((way, read), samples)) in WAYS.iter().zip(&mut samples).enumerate() {
            let mut turn = |times: u64| {
                let from = now();
                for _ in 0..times {
                    black_box(read(black_box(event), form));
                }
                let turn = Turn::since(from, nth, times as f64 * count as f64);
                turns.push(turn);
                turn.duration()
            };
            criterion.bench_function(way, |bencher| bencher.iter_custom(&mut turn));
            samples.push(median_in(&folder.path().join(way))?);
        }
    }
    Ok((samples, turns))
}

/// What criterion leaves of a benchmark: how long so many iterations took.
#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

fn median_in(folder: &Path) -> Result<f64> {
    let file = folder.join("new/sample.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let Sample { iters, times } = serde_json::from_str(&text)?;
    let micros: Vec<_> = times.iter().zip(&iters).map(|(time, n)| time / n / 1e3).collect();
    Ok(quantile(&micros, 0.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_measured_in_every_round() {
        let (form, count) = (Form::Structured, 2);
        let event = payloads::event(form, 0..count, NOW);
        let plan = Plan { is_trial: true, wanted: &[] };
        let (samples, turns) = samples(plan, event.as_bytes(), (form, count)).unwrap();
        for (nth, samples) in samples.into_iter().enumerate() {
            assert_eq!(samples.len(), plan.rounds());
            assert!(samples.iter().all(|sample| *sample > 0.0), "{samples:?}");
            let of_way = || turns.iter().filter(|turn| turn.side == nth);
            assert!(of_way().count() >= plan.rounds(), "{turns:?}");
            assert!(of_way().all(|turn| turn.times >= 2.0 && turn.times % 2.0 == 0.0));
        }
    }
}
