//! How functions start, and what they take up.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::figures::{Bound, Row, Spread, Unit};
use crate::functions::{Program, Programs, SESSION, World, delivery, login};
use crate::memory::Memory;
use crate::plan::Plan;
use crate::processor::OneProcessor;

const GROUP: &str = "starting, and what it takes up";

const MEBIBYTE: f64 = (1 << 20) as f64;

/// Milliseconds from the start to the first poll.
const LATEST_POLL: Bound = Bound::Most(25.0);
/// Mebibytes in memory.
const MOST_MEMORY: Bound = Bound::Most(32.0);
/// Mebibytes of a program.
const LARGEST: Bound = Bound::Most(8.0);

#[derive(Default)]
struct Started {
    first_poll: Vec<f64>,
    first_invocation: Vec<f64>,
}

/// What is invoked, and with what: no two deliveries are of the same sessions.
struct Function {
    name: &'static str,
    handler: &'static str,
    first_name: &'static str,
    first: fn() -> Result<String>,
    /// What makes it warm.
    load_name: &'static str,
    load: fn() -> Result<Vec<String>>,
}

const FUNCTIONS: [Function; 2] = [
    Function {
        name: "get-user-config",
        handler: "baseline.cached",
        first_name: "its first login",
        first: || Ok(login(0)),
        load_name: "memory after 20 logins",
        load: || Ok((0..20).map(login).collect()),
    },
    Function {
        name: "session-tracker",
        handler: "tracker.tracker",
        first_name: "its first 4 messages",
        first: || delivery(SESSION),
        load_name: "memory after 10000 messages",
        load: || Ok(vec![delivery(10_000)?]),
    },
];

pub(crate) async fn measure(programs: &Programs, plan: Plan) -> Result<Vec<Row>> {
    let _one = OneProcessor::enter()?;
    let world = World::start(programs).await?;
    let mut rows = Vec::new();
    for function in FUNCTIONS {
        let Function { name, handler, first_name, first, load_name, load } = function;
        plan.tell(&format!("starts of {name}"));
        let (ours, python) = (Program::Ours(name, "60"), Program::Python(handler));
        let (mut of_ours, mut of_python) = (Started::default(), Started::default());
        for _ in 0..plan.starts() {
            of_ours.once(&world, ours, &first()?).await?;
            of_python.once(&world, python, &first()?).await?;
        }
        let (mut memory, mut of_peer) = (Vec::new(), Vec::new());
        for _ in 0..plan.loads() {
            memory.push(memory_after(&world, ours, load()?).await?);
            of_peer.push(memory_after(&world, python, load()?).await?);
        }
        let row = |what, unit| Row::new(GROUP, format!("{name}, {what}"), unit);
        rows.extend([
            row("start to first poll", Unit::Milliseconds)
                .in_pairs(&of_ours.first_poll, "Python", &of_python.first_poll)
                .bound(LATEST_POLL)
                .short(),
            row(first_name, Unit::Milliseconds)
                .in_pairs(&of_ours.first_invocation, "Python", &of_python.first_invocation)
                .short(),
            row(load_name, Unit::Mebibytes)
                .in_pairs(&memory, "Python", &of_peer)
                .bound(MOST_MEMORY)
                .short(),
            size(&programs.folder, name)?,
        ]);
    }
    Ok(rows)
}

impl Started {
    async fn once(&mut self, world: &World, program: Program, event: &str) -> Result<()> {
        let start = Instant::now();
        let function = world.run(program).await?;
        self.first_poll.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        function.invoke(event).await?;
        self.first_invocation.push(start.elapsed().as_secs_f64() * 1e3);
        // The next one starts on a machine that has nothing else to do.
        function.end().await
    }
}

/// Mebibytes.
async fn memory_after(world: &World, program: Program, events: Vec<String>) -> Result<f64> {
    let function = world.run(program).await?;
    for event in &events {
        function.invoke(event).await?;
    }
    let Memory { resident, .. } = function.memory();
    function.end().await?;
    Ok(resident as f64 / MEBIBYTE)
}

fn size(folder: &Path, name: &str) -> Result<Row> {
    let file = folder.join(name);
    let bytes = file.metadata().with_context(|| file.display().to_string())?.len();
    let row = Row::new(GROUP, format!("{name}, size of the program"), Unit::Mebibytes);
    Ok(row.value(Spread::exactly(bytes as f64 / MEBIBYTE)).bound(LARGEST).short())
}
