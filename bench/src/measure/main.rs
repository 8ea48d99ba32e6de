//! How quick the session limits are, next to bounds and peers that are measured in the same run.
//!
//! `cargo xtask bench` builds everything and runs this.

mod clients;
mod connections;
mod figures;
mod functions;
mod invocations;
mod machine;
mod parsing;
mod picture;
mod plan;
mod processor;
mod profile;
mod round_trips;
mod scene;
mod servers;
mod simulator;
mod starts;
mod stores;
mod table;
mod throughput;
mod timeless;
mod wire;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use session_limit_harness::process::allow_many_connections;

use figures::Row;
use functions::Programs;
use machine::Machine;
use plan::Plan;
use profile::Profiler;
use throughput::{GROWTH, THROUGHPUT};

/// Begins what must not be taken for a measurement.
const TRIAL: &str = "**A trial: these figures mean nothing.** ";

/// Ends what was measured with a profile.
const PROFILED: &str = " While it was measured, `perf` took samples.";

#[derive(Parser)]
struct Arguments {
    /// The folder that the tables, the picture and the JSON are written to
    #[arg(long)]
    to: PathBuf,
    /// The folder of a Python that has what the baseline needs
    #[arg(long)]
    python: PathBuf,
    /// Measure very little, only to see that everything works
    #[arg(long)]
    trial: bool,
    /// Look where the time goes, too
    #[arg(long)]
    profile: bool,
    /// Measure only what has one of these in its name
    names: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    allow_many_connections()?;
    let plan = Plan { is_trial: arguments.trial, wanted: &arguments.names };
    plan.check(&names())?;
    std::fs::create_dir_all(&arguments.to)
        .with_context(|| format!("the folder {}", arguments.to.display()))?;
    // They would be those of another run.
    for name in ["profile.md", "functions.md"] {
        let _ = std::fs::remove_file(arguments.to.join(name));
    }
    let machine = Machine::here(&arguments.python)?;
    let folder = std::env::current_exe()?.with_file_name("");
    let programs = Programs { folder, python: arguments.python };
    let mut profiler = Profiler::new(arguments.profile, &arguments.to)?;
    let rows = measure(plan, &programs, &mut profiler).await?;
    let head = format!(
        "{}{machine}{}",
        if plan.is_trial { TRIAL } else { "" },
        if arguments.profile { PROFILED } else { "" }
    );
    let write = |name: &str, text: String| {
        let file = arguments.to.join(name);
        std::fs::write(&file, text).with_context(|| file.display().to_string())
    };
    let short = table::table(rows.iter().filter(|row| row.is_short()));
    println!("\n{head}\n\n{short}");
    let all = json!({
        "is_trial": plan.is_trial,
        "is_profiled": arguments.profile,
        "machine": machine,
        "rows": rows,
    });
    write("rows.json", serde_json::to_string_pretty(&all)?)?;
    write("all.md", format!("{head}\n\n{}\n", table::table(&rows)))?;
    write("short.md", format!("{head}\n\n{short}\n"))?;
    write("speed.svg", picture::draw(&rows)?)?;
    if let Some(profiles) = profiler.look(&programs.folder) {
        write("profile.md", format!("{head}\n\n{}", profiles.tables()))?;
        write("functions.md", format!("{head}\n\n{}", profiles.functions()))?;
        profiles.complete()?;
    }
    println!("\nall of it: {}", arguments.to.display());
    Ok(())
}

/// All that can be measured, by its name.
fn names() -> Vec<String> {
    let alone = [connections::NAME, THROUGHPUT, GROWTH, starts::NAME, simulator::NAME];
    let mut names = [stores::names(), parsing::names(), invocations::names()].concat();
    names.extend(alone.map(str::to_owned));
    names
}

async fn measure(plan: Plan<'_>, programs: &Programs, profiler: &mut Profiler) -> Result<Vec<Row>> {
    let mut rows = stores::measure(plan, profiler).await?;
    if plan.begins(connections::NAME) {
        rows.extend(connections::measure(plan).await?);
    }
    if plan.wants(THROUGHPUT) {
        rows.extend(throughput::measure(plan).await?);
    }
    if plan.begins(GROWTH) {
        rows.extend(throughput::growth(plan).await?);
    }
    rows.extend(parsing::measure(plan, profiler)?);
    rows.extend(invocations::measure(programs, plan, profiler).await?);
    if plan.wants(starts::NAME) {
        rows.extend(starts::measure(programs, plan).await?);
    }
    if plan.begins(simulator::NAME) {
        rows.push(simulator::measure(plan));
    }
    Ok(rows)
}
