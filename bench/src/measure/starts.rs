//! How functions start, and what they take up.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::figures::{Bound, Row, Spread, Unit};
use crate::functions::{Program, Programs, World, delivery, login};
use crate::memory::Memory;
use crate::plan::Plan;

const GROUP: &str = "starting, and what it takes up";

const MEBIBYTE: f64 = (1 << 20) as f64;

/// Milliseconds from the start to the first poll.
const LATEST_POLL: Bound = Bound::Most(25.0);
/// Mebibytes in memory.
const MOST_MEMORY: Bound = Bound::Most(32.0);
/// Mebibytes of a program.
const LARGEST: Bound = Bound::Most(8.0);

/// Logins after which a function is warm.
const WARM: usize = 20;
const MESSAGES: usize = 10_000;

struct Started {
    first_poll: Vec<f64>,
    first_invocation: Vec<f64>,
}

pub(crate) async fn measure(programs: &Programs, plan: Plan) -> Result<Vec<Row>> {
    let world = World::start(programs).await?;
    let mut rows = Vec::new();
    for (name, handler, what, event) in [
        ("get-user-config", "cached", "login", login(0)),
        ("session-tracker", "tracker", "message", delivery(1)?),
    ] {
        plan.tell(&format!("starts of {name}"));
        let (ours, python) = (Program::Ours(name, "60"), Program::Python(handler));
        let mut of_ours = Started { first_poll: Vec::new(), first_invocation: Vec::new() };
        let mut of_python = Started { first_poll: Vec::new(), first_invocation: Vec::new() };
        for _ in 0..plan.starts() {
            of_ours.once(&world, ours, &event).await?;
            of_python.once(&world, python, &event).await?;
        }
        let row = |what: String| Row::new(GROUP, format!("{name}, {what}"), Unit::Milliseconds);
        rows.push(
            row("start to first poll".into())
                .in_pairs(&of_ours.first_poll, "Python", &of_python.first_poll)
                .bound(LATEST_POLL)
                .short(),
        );
        rows.push(
            row(format!("its first {what}"))
                .in_pairs(&of_ours.first_invocation, "Python", &of_python.first_invocation)
                .short(),
        );
        rows.push(memory(&world, name, ours, python).await?);
        rows.push(size(&programs.folder, name)?);
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
        Ok(())
    }
}

/// When warm: after some logins, or after a large batch of messages.
async fn memory(world: &World, name: &str, ours: Program, python: Program) -> Result<Row> {
    let is_tracker = name == "session-tracker";
    let events =
        if is_tracker { vec![delivery(MESSAGES)?] } else { (0..WARM).map(login).collect() };
    let mut resident = Vec::new();
    for program in [ours, python] {
        let function = world.run(program).await?;
        for event in &events {
            function.invoke(event).await?;
        }
        let Memory { resident: bytes, .. } = function.memory();
        resident.push(Spread::exactly(bytes as f64 / MEBIBYTE));
    }
    let after = if is_tracker { format!("{MESSAGES} messages") } else { format!("{WARM} logins") };
    let row = Row::new(GROUP, format!("{name}, memory after {after}"), Unit::Mebibytes);
    Ok(row.value(resident[0]).next_to("Python", resident[1]).bound(MOST_MEMORY).short())
}

fn size(folder: &Path, name: &str) -> Result<Row> {
    let file = folder.join(name);
    let bytes = file.metadata().with_context(|| file.display().to_string())?.len();
    let row = Row::new(GROUP, format!("{name}, size of the program"), Unit::Mebibytes);
    Ok(row.value(Spread::exactly(bytes as f64 / MEBIBYTE)).bound(LARGEST).short())
}
