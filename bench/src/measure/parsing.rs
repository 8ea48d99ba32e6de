//! What it takes to read a payload, measured by criterion, next to the least and to the easiest, in
//! turn.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use criterion::Criterion;
use session_limit_bench::logins::NOW;
use session_limit_bench::payloads::{self, Form};

use crate::figures::{Bound, Row, Unit, quantile};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::profile::{Columns, Profiler, Subject, Turn, now};

const GROUP: &str = "reading payloads";

/// Of the time of gunzip and a borrowed parse of both levels.
const BOUND: Bound = Bound::Times(1.2);

const COUNTS: [usize; 3] = [1, 100, 10_000];

/// How often criterion measures a way in a round, each time many payloads in a row.
const SAMPLES: usize = 10;

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
        profiler.add(recording, turns, Subject { name, columns: Columns::PAYLOADS });
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

/// Microseconds of each way, one figure for each round of all, and the turns that they are made of.
fn samples(
    plan: Plan<'_>,
    event: &[u8],
    (form, count): Payload,
) -> Result<([Vec<f64>; WAYS.len()], Vec<Turn>)> {
    let millis = if plan.is_trial { 50 } else { 200 };
    let (mut samples, mut all) = ([const { Vec::new() }; WAYS.len()], Vec::new());
    for _ in 0..plan.rounds() {
        // A folder of its own, lest criterion compares a round with the one before.
        let folder = tempfile::tempdir()?;
        let mut criterion = Criterion::default()
            .sample_size(SAMPLES)
            .nresamples(1_001) // the fewest that it takes in silence
            .warm_up_time(Duration::from_millis(millis / 4))
            .measurement_time(Duration::from_millis(millis))
            .output_directory(folder.path());
        for (nth, ((way, read), samples)) in WAYS.iter().zip(&mut samples).enumerate() {
            let mut turns = Vec::new();
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
            // The first ones are those in which criterion warms up.
            ensure!(turns.len() > SAMPLES, "{way}: criterion measured it {} times", turns.len());
            let turns = turns.split_off(turns.len() - SAMPLES);
            samples.push(micros(&turns, count));
            all.extend(turns);
        }
    }
    Ok((samples, all))
}

/// The median of what a payload of so many messages takes in these turns.
fn micros(turns: &[Turn], count: usize) -> f64 {
    let micros = |turn: &Turn| turn.duration().as_secs_f64() * 1e6 / turn.times * count as f64;
    quantile(&turns.iter().map(micros).collect::<Vec<_>>(), 0.5)
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
        assert!(turns.iter().all(|turn| turn.times >= 2.0 && turn.times % 2.0 == 0.0));
        for of_round in turns.chunks(SAMPLES) {
            // Criterion doubles them when it warms up.
            let is_even =
                |three: &[Turn]| three[1].times - three[0].times == three[2].times - three[1].times;
            assert!(of_round.windows(3).all(is_even), "{of_round:?}");
        }
        for (nth, samples) in samples.into_iter().enumerate() {
            let of_way: Vec<_> = turns.iter().filter(|turn| turn.side == nth).copied().collect();
            let rounds = of_way.chunks(SAMPLES).map(|round| micros(round, count));
            assert_eq!(rounds.collect::<Vec<_>>(), samples);
            assert_eq!((samples.len(), of_way.len()), (plan.rounds(), SAMPLES * plan.rounds()));
        }
    }

    #[test]
    fn a_payload_takes_as_long_as_its_messages() {
        let turn = |millis, times| {
            let (from, to) = (Duration::ZERO, Duration::from_millis(millis));
            Turn { side: 0, from, to, times }
        };
        // 1, 2 and 9 ms for each of 5 payloads of 2 messages.
        assert_eq!(micros(&[turn(5, 10.0), turn(45, 10.0), turn(10, 10.0)], 2), 2_000.0);
    }
}
