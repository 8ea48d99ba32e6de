//! `session-limit`: checks user secrets before they are stored, and shows and releases the
//! sessions that count.

mod arguments;
mod check;
mod clock;
mod count;
mod hash;
mod input;
mod leases;
mod release;
mod show;
mod store;
mod usage;

use std::future::Future;
use std::io::{ErrorKind, Write, stderr};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use arguments::{Arguments, Command};
use usage::Usage;

/// Wrong arguments or settings; clap ends the program with the same status.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(status) => status,
        Err(error) if is_broken_pipe(&error) => ExitCode::FAILURE, // nobody reads any more
        Err(error) => {
            complain(&error);
            if error.is::<Usage>() { USAGE.into() } else { ExitCode::FAILURE }
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::CheckSecret(arguments) => return check::run(&arguments),
        Command::HashPassword => hash::run()?,
        Command::Show(arguments) => block_on(show::run(&arguments))?,
        Command::Release(arguments) => block_on(release::run(&arguments))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn block_on(command: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the program's runtime")?.block_on(command)
}

/// Prints the error. The status tells of it too, should nobody read standard error.
fn complain(error: &anyhow::Error) {
    let _ = writeln!(stderr(), "session-limit: {error:#}");
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
