//! How long warm functions take to answer.

use std::iter::repeat_n;

use anyhow::Result;

use crate::figures::{Bound, Row, Spread, Unit, quantile};
use crate::functions::{Program, Programs, SESSION, World, delivery, login};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::profile::{Columns, PEER, Profiler, Subject, Turn, now};

const LOGINS: &str = "get-user-config, warm";
const BATCHES: &str = "session-tracker, warm";

/// How many messages come in a batch, those of one session or many, and whether those take long.
const DELIVERED: [(usize, bool); 2] = [(SESSION, false), (100, true)];

/// Invocations that take long, those with a client per call or a hundred messages, are so many times
/// fewer.
const LESS_OFTEN: usize = 5;

/// Users who log in in turn. No reservation ends meanwhile, so there are many of them, lest the table of
/// each grows long.
const USERS: usize = 150;

/// What an invocation may take longer than its I/O, in milliseconds.
const MOST_ADDED: f64 = 1.0;

/// Parts of the samples, of each of which a quantile is taken: what is shown is their median.
const PARTS: usize = 5;

pub(crate) async fn measure(
    programs: &Programs,
    plan: Plan<'_>,
    profiler: &mut Profiler,
) -> Result<Vec<Row>> {
    let one = OneProcessor::enter()?;
    let mut rows = logins(programs, plan, profiler, &one).await?;
    rows.extend(batches(programs, plan).await?);
    Ok(rows)
}

pub(crate) fn names() -> Vec<String> {
    let logins = WAYS.iter().map(|(what, ..)| of_logins(what));
    logins.chain(DELIVERED.into_iter().map(|(count, _)| of_batches(count))).collect()
}

fn of_logins(what: &str) -> String {
    format!("{LOGINS}: a login, {what}")
}

fn of_batches(count: usize) -> String {
    format!("{BATCHES}: {count} messages delivered")
}

const fn ours(ttl: &'static str) -> Program {
    Program::Ours("get-user-config", ttl)
}

/// Ways to answer a login: with what to call them, ours, and what it is compared with, its I/O first.
/// What takes so long that nothing is left to the others in the processor's caches is measured apart
/// from them.
const WAYS: [(&str, &[Program], &[Program]); 2] = [
    (
        "secret cached",
        &[ours("3600"), Program::Bare { fetches: false }, Program::Python("baseline.cached")],
        &[],
    ),
    (
        "secret fetched",
        &[ours("0"), Program::Bare { fetches: true }, Program::Python("baseline.reused")],
        &[Program::Python("baseline.per_call")],
    ),
];

async fn logins(
    programs: &Programs,
    plan: Plan<'_>,
    profiler: &mut Profiler,
    one: &OneProcessor,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (what, together, apart) in WAYS {
        let name = of_logins(what);
        if !plan.begins(&name) {
            continue;
        }
        let recording = profiler.record(one)?;
        let mut turns = turns_of_logins(programs, together, plan, plan.invocations()).await?;
        let subject = Subject { name: name.clone(), columns: Columns::FUNCTIONS };
        profiler.add(recording, turns.concat(), subject);
        turns
            .extend(turns_of_logins(programs, apart, plan, plan.invocations() / LESS_OFTEN).await?);
        for (quantile, share) in [("p50", 0.5), ("p99", 0.99)] {
            let of = |nth: usize| quantiles(&turns[nth], share);
            let row = Row::new(LOGINS, format!("{name}, {quantile}"), Unit::Milliseconds);
            let row = row.value(of(0));
            for (nth, program) in [together, apart].concat().into_iter().enumerate().skip(1) {
                let row = row.clone().next_to(name_of(program), of(nth)).short();
                let is_io = nth == PEER;
                rows.push(if is_io { row.bound(Bound::More(MOST_ADDED)) } else { row });
            }
        }
    }
    Ok(rows)
}

async fn turns_of_logins(
    programs: &Programs,
    compared: &[Program],
    plan: Plan<'_>,
    count: usize,
) -> Result<Vec<Vec<Turn>>> {
    let event = |number| Ok(login(number % USERS));
    turns(programs, compared, &warm_up(plan), count, event).await
}

/// The logins that make a function warm: it has connected, and has the secret of each user. One more
/// user logs in as often as any of them will, since memcached takes up to a millisecond for the first
/// value of a size, and tables grow.
fn warm_up(plan: Plan<'_>) -> Vec<String> {
    let of_each = 1 + plan.invocations().div_ceil(USERS);
    (0..USERS).chain(repeat_n(USERS, of_each)).map(login).collect()
}

async fn batches(programs: &Programs, plan: Plan<'_>) -> Result<Vec<Row>> {
    let compared = [Program::Ours("session-tracker", "60"), Program::Python("tracker.tracker")];
    let mut rows = Vec::new();
    for (count, takes_long) in DELIVERED {
        let name = of_batches(count);
        if !plan.begins(&name) {
            continue;
        }
        let invocations = plan.invocations() / if takes_long { LESS_OFTEN } else { 1 };
        let warm_up = [delivery(count)?];
        let turns = turns(programs, &compared, &warm_up, invocations, |_| delivery(count)).await?;
        let of = |nth: usize| quantiles(&turns[nth], 0.5);
        let row = Row::new(BATCHES, format!("{name}, p50"), Unit::Milliseconds);
        rows.push(row.value(of(0)).next_to(name_of(compared[1]), of(1)).short());
    }
    Ok(rows)
}

/// For each of `compared`, the turns in which it was invoked, after those that `warm_up` asks for.
/// They take turns, so that what disturbs one disturbs all: in a random order, since whoever is before
/// decides what is left of one's own in the processor's caches. Each waits until the one before has
/// nothing left to do.
async fn turns(
    programs: &Programs,
    compared: &[Program],
    warm_up: &[String],
    count: usize,
    event: impl Fn(usize) -> Result<String>,
) -> Result<Vec<Vec<Turn>>> {
    let world = World::start(programs).await?;
    let mut functions = Vec::new();
    for program in compared {
        let function = world.run(*program).await?;
        for event in warm_up {
            function.invoke(event).await?;
        }
        functions.push(function);
    }
    let mut turns = vec![Vec::new(); compared.len()];
    let mut order: Vec<_> = (0..functions.len()).collect();
    for number in 0..count {
        let event = event(number)?;
        fastrand::shuffle(&mut order);
        for nth in &order {
            for function in &functions {
                function.ready().await?;
            }
            let from = now();
            functions[*nth].invoke(&event).await?;
            turns[*nth].push(Turn::since(from, *nth, 1.0));
        }
    }
    Ok(turns)
}

/// A quantile of each part of the milliseconds that the turns took.
fn quantiles(turns: &[Turn], share: f64) -> Spread {
    let samples: Vec<_> = turns.iter().map(|turn| turn.duration().as_secs_f64() * 1e3).collect();
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
