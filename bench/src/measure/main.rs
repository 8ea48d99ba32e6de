//! The speed of the session limits, beside bounds and peers that are measured in the same run.
//!
//! `cargo xtask bench` builds everything and runs this, on one processor. A kind of measurement is a
//! module with a function `all`.

mod crowd;
mod functions;
mod machine;
mod measurement;
mod memcached;
mod parsing;
mod picture;
mod round_trip;
mod row;
mod scene;
mod simulator;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use session_limit_harness::process::allow_many_connections;

use measurement::{Run, chosen};

/// Begins what must not be taken for a measurement.
const TRIAL: &str = "**A trial: these figures mean nothing.** ";

#[derive(Parser)]
struct Arguments {
    /// The folder that the tables and the picture are written to
    #[arg(long)]
    to: PathBuf,
    /// The folder of a Python that has what the baseline needs
    #[arg(long)]
    python: PathBuf,
    /// Measure very little, only to see that everything works
    #[arg(long)]
    trial: bool,
    /// Measure only what has one of these in its name
    names: Vec<String>,
}

fn main() -> Result<()> {
    let Arguments { to, python, trial: is_trial, names } = Arguments::parse();
    allow_many_connections()?;
    let kinds = vec![scene::all(), parsing::all(), functions::all(), simulator::all()];
    let measurements = chosen(kinds, &names, is_trial)?;
    std::fs::create_dir_all(&to).with_context(|| format!("the folder {}", to.display()))?;
    let head = format!("{}{}", if is_trial { TRIAL } else { "" }, machine::sentence(&python)?);
    let run = Run { is_trial, programs: std::env::current_exe()?.with_file_name(""), python };
    let mut rows = Vec::new();
    for measurement in measurements {
        eprintln!("    {}", measurement.name);
        rows.extend((measurement.rows)(&measurement.name, &run)?);
    }
    let short = table::table(rows.iter().filter(|row| row.is_short()));
    println!("\n{head}\n\n{short}");
    for (name, text) in [
        ("all.md", format!("{head}\n\n{}\n", table::table(&rows))),
        ("short.md", format!("{head}\n\n{short}\n")),
        ("speed.svg", picture::draw(&rows)?),
    ] {
        let file = to.join(name);
        std::fs::write(&file, text).with_context(|| file.display().to_string())?;
    }
    println!("\nall of it: {}", to.display());
    Ok(())
}
