//! How functions start, and what they take up.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use session_limit_harness::memory::Memory;

use crate::figures::{Bound, Row, Spread, Unit};
use crate::functions::{Program, Programs, SESSION, World, delivery, login};
use crate::plan::Plan;
use crate::processor::OneProcessor;

pub(crate) const NAME: &str = "starting, and what it takes up";

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
    /// What has to be deployed for the handler in Python.
    packages: &'static [&'static str],
}

const FUNCTIONS: [Function; 2] = [
    Function {
        name: "get-user-config",
        handler: "baseline.cached",
        first_name: "its first login",
        first: || Ok(login(0)),
        load_name: "memory after 20 logins",
        load: || Ok((0..20).map(login).collect()),
        packages: &[
            "boto3",
            "botocore",
            "dateutil",
            "jmespath",
            "pymemcache",
            "s3transfer",
            "six.py",
            "urllib3",
        ],
    },
    Function {
        name: "session-tracker",
        handler: "tracker.tracker",
        first_name: "its first 4 messages",
        first: || delivery(SESSION),
        load_name: "memory after 10000 messages",
        load: || Ok(vec![delivery(10_000)?]),
        packages: &["pymemcache"],
    },
];

pub(crate) async fn measure(programs: &Programs, plan: Plan<'_>) -> Result<Vec<Row>> {
    let _one = OneProcessor::enter()?;
    let world = World::start(programs).await?;
    let mut rows = Vec::new();
    for function in FUNCTIONS {
        let Function { name, handler, first_name, first, load_name, load, packages } = function;
        plan.tell(&format!("{NAME}: {name}"));
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
        let row = |what, unit| Row::new(NAME, format!("{name}, {what}"), unit);
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
            row("size of the program", Unit::Mebibytes)
                .value(Spread::exactly(stripped_size(&programs.folder.join(name))?))
                .next_to("Python's packages", Spread::exactly(programs.size_of(packages)?))
                .bound(LARGEST)
                .short(),
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
    let Memory { resident, .. } = function.memory()?;
    function.end().await?;
    Ok(resident as f64 / MEBIBYTE)
}

impl Programs {
    /// Mebibytes of these packages of Python, as they come.
    fn size_of(&self, packages: &[&str]) -> Result<f64> {
        let libraries = self.python.with_file_name("lib");
        let library = libraries.read_dir()?.next().context("there is no Python")??.path();
        let size_of = |package| size_of(&library.join("site-packages").join(package));
        packages.iter().map(size_of).sum()
    }
}

/// Mebibytes of a program as it is deployed: without the names of functions, which only profiles need.
fn stripped_size(program: &Path) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let stripped = folder.path().join("stripped");
    let status = Command::new("strip").arg("-o").arg(&stripped).arg(program).status();
    let status = status.context("strip, which comes with the linker")?;
    ensure!(status.success(), "strip {}: {status}", program.display());
    size_of(&stripped)
}

/// Mebibytes of a file, or of all files in a folder but those that Python has compiled.
fn size_of(path: &Path) -> Result<f64> {
    let metadata = path.metadata().with_context(|| path.display().to_string())?;
    if path.ends_with("__pycache__") {
        Ok(0.0)
    } else if metadata.is_dir() {
        path.read_dir()?.map(|entry| size_of(&entry?.path())).sum()
    } else {
        Ok(metadata.len() as f64 / MEBIBYTE)
    }
}
