//! Simulates many worlds and tells where a ledger and the truth differ.

mod arguments;
mod picture;
mod run;
mod tables;

use std::fs;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use arguments::Arguments;
use session_limit_testkit::sim::{Config, LedgerKind, Report};

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut results = Vec::new();
    let mut is_kept = true;
    for config in arguments.configs()? {
        let outcome = run::run(&config, &arguments);
        for (seed, breaches) in &outcome.broken {
            is_kept = false;
            eprintln!("{} broke its promises: {}", config.ledger.name(), breaches.join("; "));
            eprintln!("  replay: {}", config.replay(*seed));
        }
        results.push((config, outcome.report));
    }
    print(&arguments, &results)?;
    if let Some(path) = &arguments.svg {
        let svg = picture::draw(&results)?;
        fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(arguments: &Arguments, results: &[(Config, Report)]) -> anyhow::Result<()> {
    if arguments.json {
        let reports: serde_json::Map<_, _> = results
            .iter()
            .map(|(config, report)| {
                Ok((config.ledger.name().to_owned(), serde_json::to_value(report)?))
            })
            .collect::<anyhow::Result<_>>()?;
        println!("{}", serde_json::to_string_pretty(&reports)?);
        return Ok(());
    }
    println!("{}", tables::summary(results));
    println!("{}", tables::causes(results));
    for (config, report) in results {
        let never = report.never();
        if config.ledger == LedgerKind::Lease && !never.is_empty() {
            println!("too weak: this run never saw: {}", never.join(", "));
        }
    }
    Ok(())
}
