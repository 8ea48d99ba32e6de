//! What it takes to read a payload, measured by criterion, next to the least and to the easiest.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use criterion::Criterion;
use serde::Deserialize;
use session_limit_bench::logins::NOW;
use session_limit_bench::payloads::{self, Form};

use crate::figures::{Bound, Row, Spread, Unit};
use crate::plan::Plan;

const GROUP: &str = "reading payloads";

/// Of the time of gunzip and a borrowed parse of both levels.
const BOUND: Bound = Bound::Times(1.2);

const COUNTS: [usize; 3] = [1, 100, 10_000];

/// Ways to read a payload.
const TRACKER: &str = "tracker";
const GUNZIP: &str = "gunzip alone";
const BORROWED: &str = "gunzip + borrowed parse of both levels";
const VALUE: &str = "gunzip + serde_json into Value";

pub(crate) fn measure(plan: Plan, to: &Path) -> Result<Vec<Row>> {
    let folder = to.join("criterion");
    let (samples, time) = if plan.is_trial { (10, 50) } else { (50, 2_000) };
    let mut criterion = Criterion::default()
        .sample_size(samples)
        .warm_up_time(Duration::from_millis(time / 4))
        .measurement_time(Duration::from_millis(time))
        .output_directory(&folder);
    let mut rows = Vec::new();
    for (form, name) in Form::ALL {
        for count in COUNTS {
            let id = format!("{name}-{count}");
            let event = payloads::event(form, 0..count, NOW);
            let event = event.as_bytes();
            let mut group = criterion.benchmark_group(&id);
            group.bench_function(TRACKER, |b| {
                b.iter(|| payloads::read_as_tracker(black_box(event)))
            });
            group.bench_function(BORROWED, |b| {
                b.iter(|| payloads::read_borrowed(black_box(event), form))
            });
            group.bench_function(GUNZIP, |b| b.iter(|| payloads::gunzip(black_box(event))));
            group.bench_function(VALUE, |b| {
                b.iter(|| payloads::read_as_value(black_box(event), form))
            });
            group.finish();
            let of = |way: &str| samples_of(&folder.join(&id).join(way));
            let messages = if count == 1 { "message" } else { "messages" };
            let row = Row::new(GROUP, format!("{count} {name} {messages}"), Unit::Microseconds);
            let row = row.value(of(TRACKER)?);
            rows.push(row.clone().next_to(BORROWED, of(BORROWED)?).bound(BOUND).short());
            rows.push(row.clone().next_to(GUNZIP, of(GUNZIP)?));
            rows.push(row.next_to(VALUE, of(VALUE)?));
        }
    }
    Ok(rows)
}

/// What criterion leaves of a benchmark: how long so many iterations took.
#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

fn samples_of(folder: &Path) -> Result<Spread> {
    let file = folder.join("new/sample.json");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let Sample { iters, times } = serde_json::from_str(&text)?;
    let micros: Vec<_> = times.iter().zip(&iters).map(|(time, n)| time / n / 1e3).collect();
    Ok(Spread::of(&micros))
}
