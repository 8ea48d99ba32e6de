//! Simulates many worlds and tells where a ledger and the truth differ.

mod arguments;
mod picture;
mod run;
mod steady;
mod tables;

use std::fs::{self, File};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use arguments::{Arguments, Command};
use picture::Panel;
use run::Outcome;
use session_limit_testkit::sim::Config;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::of_command_line();
    if let Some(Command::Steady(arguments)) = &arguments.command {
        return steady::main(arguments);
    }
    if let Some(path) = &arguments.svg {
        check_writable(path)?;
    }
    let run = |config: Config| (config, run::run(&config, &arguments));
    let results: Vec<_> = arguments.configs().into_iter().map(run).collect();
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&results)?)?);
    } else {
        println!("{}", tables::summary(&results));
        println!("{}", tables::causes(&results));
    }
    let mut is_good = true;
    for (config, outcome) in &results {
        for (seed, breaches) in &outcome.broken {
            is_good = false;
            eprintln!("{} broke its promises: {}", config.ledger.name(), breaches.join("; "));
            eprintln!("  replay: {}", config.replay(*seed));
        }
        let never = outcome.report.never(config);
        if !never.is_empty() {
            is_good = false;
            eprintln!("too weak: this run never saw: {}", never.join(", "));
        }
    }
    if let Some(path) = &arguments.svg {
        let panels: Vec<_> = results.iter().map(panel).collect();
        write(path, &picture::draw(&panels, ["days", "sessions of all users"])?)?;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the panel of one ledger: sessions held and counted over time.
fn panel((config, outcome): &(Config, Outcome)) -> Panel {
    let samples = outcome.report.samples.iter();
    let points = samples.map(|sample| (f64::from(sample.hour) / 24.0, sample.held, sample.counted));
    Panel { ledger: config.ledger, points: points.collect() }
}

/// Fails before hours of simulation if the file cannot be written after them.
fn check_writable(path: &Path) -> anyhow::Result<()> {
    File::options().append(true).create(true).open(path).with_context(|| cannot_write(path))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| cannot_write(path))
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn as_json(results: &[(Config, Outcome)]) -> anyhow::Result<serde_json::Value> {
    let mut ledgers = serde_json::Map::new();
    for (config, outcome) in results {
        let broken = outcome.broken.iter().map(|(seed, breaches)| {
            json!({ "seed": seed, "breaches": breaches, "replay": config.replay(*seed) })
        });
        let mut figures = serde_json::to_value(&outcome.report)?;
        figures["broken"] = broken.collect();
        figures["never_seen"] = json!(outcome.report.never(config));
        ledgers.insert(config.ledger.name().to_owned(), figures);
    }
    Ok(ledgers.into())
}
