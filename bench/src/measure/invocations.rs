//! How long warm functions take to answer.

use std::iter::repeat_n;
use std::time::Instant;

use anyhow::Result;

use crate::figures::{Bound, Row, Spread, Unit, quantile};
use crate::functions::{Program, Programs, SESSION, World, delivery, login};
use crate::plan::Plan;
use crate::processor::OneProcessor;

const LOGINS: &str = "get-user-config, warm";
const BATCHES: &str = "session-tracker, warm";

/// Users who log in in turn.
const USERS: usize = 50;

/// What an invocation may take longer than its I/O, in milliseconds.
const MOST_ADDED: f64 = 1.0;

/// Parts of the samples, of each of which a quantile is taken: what is shown is their median.
const PARTS: usize = 5;

pub(crate) async fn measure(programs: &Programs, plan: Plan) -> Result<Vec<Row>> {
    let _one = OneProcessor::enter()?;
    let mut rows = logins(programs, plan).await?;
    rows.extend(batches(programs, plan).await?);
    Ok(rows)
}

async fn logins(programs: &Programs, plan: Plan) -> Result<Vec<Row>> {
    let ours = |ttl| Program::Ours("get-user-config", ttl);
    let bare = |fetches| Program::Bare { fetches };
    // Ours, then what it is compared with: its I/O first. What takes so long that nothing is left to
    // the others in the processor's caches is measured apart from them.
    let cached = [&[ours("3600"), bare(false), Program::Python("baseline.cached")][..]];
    let fetched = [
        &[ours("0"), bare(true), Program::Python("baseline.reused")][..],
        &[Program::Python("baseline.per_call")],
    ];
    let warm_up = warm_up(plan);
    let event = |number| Ok(login(number % USERS));
    let mut rows = Vec::new();
    for (what, groups) in [("secret cached", &cached[..]), ("secret fetched", &fetched[..])] {
        plan.tell(&format!("{LOGINS}, {what}"));
        let mut samples = Vec::new();
        for group in groups {
            let of_group = self::samples(programs, group, &warm_up, plan.invocations(), event);
            samples.extend(of_group.await?);
        }
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let of = |nth: usize| quantiles(&samples[nth], share);
            let row = format!("{LOGINS}: a login, {what}, {name}");
            let row = Row::new(LOGINS, row, Unit::Milliseconds);
            let row = row.value(of(0));
            for (nth, program) in groups.concat().into_iter().enumerate().skip(1) {
                let row = row.clone().next_to(name_of(program), of(nth));
                rows.push(match (nth, share) {
                    (1, 0.5) => row.bound(Bound::More(MOST_ADDED)).short(),
                    (1, _) => row,
                    _ => row.short(),
                });
            }
        }
    }
    Ok(rows)
}

/// The logins that make a function warm: it has connected, and has the secret of each user. One more
/// user logs in as often as any of them will, since memcached takes up to a millisecond for the first
/// value of a size, and tables grow.
fn warm_up(plan: Plan) -> Vec<String> {
    let of_each = 1 + plan.invocations().div_ceil(USERS);
    (0..USERS).chain(repeat_n(USERS, of_each)).map(login).collect()
}

async fn batches(programs: &Programs, plan: Plan) -> Result<Vec<Row>> {
    let compared = [Program::Ours("session-tracker", "60"), Program::Python("tracker.tracker")];
    let mut rows = Vec::new();
    for (count, invocations) in [(SESSION, plan.invocations()), (100, plan.invocations() / 10)] {
        plan.tell(&format!("{BATCHES}, {count} messages"));
        let warm_up = [delivery(count)?];
        let samples =
            samples(programs, &compared, &warm_up, invocations, |_| delivery(count)).await?;
        let of = |nth: usize| quantiles(&samples[nth], 0.5);
        let what = format!("{BATCHES}: {count} messages delivered, p50");
        let row = Row::new(BATCHES, what, Unit::Milliseconds);
        rows.push(row.value(of(0)).next_to(name_of(compared[1]), of(1)).short());
    }
    Ok(rows)
}

/// For each of `compared`, the milliseconds of its invocations after those that `warm_up` asks for.
/// They take turns, so that what disturbs one disturbs all: in a random order, since whoever is before
/// decides what is left of one's own in the processor's caches. Each waits until the one before has
/// nothing left to do.
async fn samples(
    programs: &Programs,
    compared: &[Program],
    warm_up: &[String],
    count: usize,
    event: impl Fn(usize) -> Result<String>,
) -> Result<Vec<Vec<f64>>> {
    let world = World::start(programs).await?;
    let mut functions = Vec::new();
    for program in compared {
        let function = world.run(*program).await?;
        for event in warm_up {
            function.invoke(event).await?;
        }
        functions.push(function);
    }
    let mut samples = vec![Vec::new(); compared.len()];
    let mut order: Vec<_> = (0..functions.len()).collect();
    for number in 0..count {
        let event = event(number)?;
        fastrand::shuffle(&mut order);
        for nth in &order {
            for function in &functions {
                function.ready().await?;
            }
            let start = Instant::now();
            functions[*nth].invoke(&event).await?;
            samples[*nth].push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(samples)
}

/// A quantile of each part of the samples.
fn quantiles(samples: &[f64], share: f64) -> Spread {
    let parts = samples.chunks(samples.len().div_ceil(PARTS).max(1));
    Spread::of(&parts.map(|part| quantile(part, share)).collect::<Vec<_>>())
}

fn name_of(program: Program) -> &'static str {
    match program {
        Program::Ours(name, _) => name,
        Program::Bare { .. } => "the same I/O, nothing else",
        Program::Python("baseline.cached") => "Python, boto3 client reused, secret cached",
        Program::Python("baseline.reused") => "Python, boto3 client reused",
        Program::Python("baseline.per_call") => "Python, boto3 client per call",
        Program::Python("tracker.tracker") => "Python, a decr for each end and nothing else",
        Program::Python(_) => "Python",
    }
}
