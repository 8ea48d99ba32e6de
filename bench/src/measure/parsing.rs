//! The time to read a payload, beside the least and the easiest way.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use session_limit_bench::logins::NOW;
use session_limit_bench::payloads::{
    FORMS, Form, event, read_as_tracker, read_as_value, read_borrowed,
};

use crate::measurement::{Measurement, Run, block_on, in_turn};
use crate::row::{Bound, Row};

/// Messages of a payload.
const COUNTS: [usize; 3] = [1, 100, 10_000];

/// The time in which a payload is read again and again, for one sample.
const TURN: Duration = Duration::from_millis(20);

/// The tracker's way to read a payload, and those that it is compared with.
const WAYS: [fn(&[u8], Form) -> usize; 3] = [read_as_tracker, read_borrowed, read_as_value];

pub(crate) fn all() -> Vec<Measurement> {
    let measurement = |(form, count): (Form, usize)| {
        let form_name = if form == Form::Structured { "structured" } else { "legacy" };
        let s = if count == 1 { "" } else { "s" };
        let name = format!("reading payloads: {count} {form_name} message{s}");
        Measurement::new(name, move |name, run| block_on(rows(name, form, count, run)))
    };
    let payloads = FORMS.into_iter().flat_map(|form| COUNTS.map(|count| (form, count)));
    payloads.map(measurement).collect()
}

async fn rows(name: &str, form: Form, count: usize, run: &Run) -> Result<Vec<Row>> {
    let event = event(form, 0..count, NOW);
    let [tracker, borrowed, value] = in_turn(run.turns(100, 2), async |nth| {
        let (start, mut times) = (Instant::now(), 0.0);
        while start.elapsed() < TURN {
            let seen = WAYS[nth](black_box(event.as_bytes()), form);
            ensure!(seen == count, "{name}: {seen} messages were read");
            times += 1.0;
        }
        Ok(start.elapsed().as_secs_f64() * 1e6 / times)
    })
    .await?;
    // Only what is structured has a second level of JSON.
    let [least, easiest] = match form {
        Form::Structured => ["borrowed parse of both levels", "serde_json into Value, twice"],
        Form::Legacy => ["borrowed parse, words", "serde_json into Value, words"],
    };
    let least = Row::new(name, "µs", &tracker, format!("gunzip + {least}"), &borrowed);
    let least = Row { bound: Some(Bound::Times(1.2)), ..least };
    Ok(vec![least, Row::new(name, "µs", &tracker, format!("gunzip + {easiest}"), &value)])
}
