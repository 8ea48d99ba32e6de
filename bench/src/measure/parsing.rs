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
use crate::profile::{self, Columns, OURS, PEER, Profiler, Subject, Turn, Which, now};

const GROUP: &str = "reading payloads";

/// Of the time of gunzip and a borrowed parse of both levels.
const BOUND: Bound = Bound::Times(1.2);

const COUNTS: [usize; 3] = [1, 100, 10_000];

/// How many messages are read in one turn of a profile, if payloads have so many.
const MESSAGES_OF_TURN: usize = 10_000;
/// How many payloads at most: a small one takes as long as some twenty messages.
const PAYLOADS_OF_TURN: usize = 500;

/// A way to read a payload, which tells how many messages it has seen, or bytes.
type Way = fn(&[u8], Form) -> usize;

/// The tracker's, and what it is compared with.
const WAYS: [(&str, Way); 4] = [
    ("tracker", |event, _| payloads::read_as_tracker(event)),
    ("borrowed", payloads::read_borrowed),
    ("gunzip", |event, _| black_box(payloads::gunzip(event)).len()),
    ("value", payloads::read_as_value),
];

pub(crate) fn measure(plan: Plan) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (form, name) in Form::ALL {
        for count in COUNTS {
            let event = payloads::event(form, 0..count, NOW);
            for (way, read) in WAYS.iter().filter(|(way, _)| *way != "gunzip") {
                let seen = read(event.as_bytes(), form);
                ensure!(seen == count, "{way} reads {seen} of {count} {name} messages");
            }
            let [tracker, borrowed, gunzip, value] = samples(plan, event.as_bytes(), form)?;
            let what = describe(count, name);
            let next_to = |what_peer: &str, peer: &[f64]| {
                Row::new(GROUP, &what, Unit::Microseconds).in_pairs(&tracker, what_peer, peer)
            };
            // Only what is structured has a second level of JSON.
            let (least, easiest) = match form {
                Form::Structured => {
                    ("borrowed parse of both levels", "serde_json into Value, twice")
                }
                Form::Legacy => ("borrowed parse, words", "serde_json into Value, words"),
            };
            let least = format!("gunzip + {least}");
            rows.push(next_to(&least, &borrowed).bound(BOUND).short());
            rows.push(next_to("gunzip alone", &gunzip).short());
            rows.push(next_to(&format!("gunzip + {easiest}"), &value).short());
        }
    }
    Ok(rows)
}

/// The names of the payloads, as they can be profiled.
pub(crate) fn subjects() -> Vec<String> {
    let of_form = |(_, form)| COUNTS.map(|count| describe(count, form));
    Form::ALL.into_iter().flat_map(of_form).collect()
}

/// Where the time goes, of the tracker and of the borrowed parse, with the payloads that are wanted.
pub(crate) fn profile(profiler: &mut Profiler, plan: Plan) -> Result<()> {
    for (form, name) in Form::ALL {
        for count in COUNTS {
            let subject = Subject {
                name: describe(count, name),
                columns: Columns::PAYLOADS,
                unit: profile::Unit::Message,
                which: &[Which::All],
            };
            if !profiler.wants(&subject.name) {
                continue;
            }
            plan.tell(&subject.name);
            let event = payloads::event(form, 0..count, NOW);
            let times = (MESSAGES_OF_TURN / count).clamp(1, PAYLOADS_OF_TURN);
            let (recording, mut turns) = (profiler.record()?, Vec::new());
            for _ in 0..plan.turns() {
                for (side, read) in [(OURS, WAYS[0].1), (PEER, WAYS[1].1)] {
                    let from = now();
                    for _ in 0..times {
                        black_box(read(black_box(event.as_bytes()), form));
                    }
                    turns.push(Turn::since(from, side, (times * count) as f64));
                }
            }
            profiler.add(&subject, recording, &turns)?;
        }
    }
    Ok(())
}

fn describe(count: usize, form: &str) -> String {
    let messages = if count == 1 { "message" } else { "messages" };
    format!("{GROUP}: {count} {form} {messages}")
}

/// Microseconds of each way, one figure for each round of all.
fn samples(plan: Plan, event: &[u8], form: Form) -> Result<[Vec<f64>; WAYS.len()]> {
    let millis = if plan.is_trial { 50 } else { 200 };
    let mut samples = [const { Vec::new() }; WAYS.len()];
    for _ in 0..plan.rounds() {
        // A folder of its own, lest criterion compares a round with the one before.
        let folder = tempfile::tempdir()?;
        let mut criterion = Criterion::default()
            .sample_size(10)
            .nresamples(1_001) // the fewest that it takes in silence
            .warm_up_time(Duration::from_millis(millis / 4))
            .measurement_time(Duration::from_millis(millis))
            .output_directory(folder.path());
        for ((way, read), samples) in WAYS.iter().zip(&mut samples) {
            criterion.bench_function(way, |b| b.iter(|| read(black_box(event), form)));
            samples.push(median_in(&folder.path().join(way))?);
        }
    }
    Ok(samples)
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
        let event = payloads::event(Form::Structured, 0..1, NOW);
        let plan = Plan { is_trial: true };
        for samples in samples(plan, event.as_bytes(), Form::Structured).unwrap() {
            assert_eq!(samples.len(), plan.rounds());
            assert!(samples.iter().all(|sample| *sample > 0.0), "{samples:?}");
        }
    }
}
