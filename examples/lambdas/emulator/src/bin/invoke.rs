//! Runs a function behind the emulator and invokes it with each line of standard input.
//!
//! Prints each answer, or what there is instead of one, as a line. In the end it prints what the
//! function has logged. Fails if the function ends by itself, as it does with a wrong setting. The
//! function sees no other variables of the environment than those that are named.
//!
//! `invoke BOOTSTRAP [NAME=VALUE …] < EVENTS`

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use lambda_emulator::{Emulator, Function};

/// As long as Lambda allows for.
const TIME_TO_START: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((program, variables)) = arguments.split_first() else {
        return Err(io::Error::other("usage: invoke BOOTSTRAP [NAME=VALUE …] < EVENTS"));
    };
    let environment: Vec<_> = variables.iter().filter_map(|v| v.split_once('=')).collect();
    let emulator = Emulator::start().await?;
    let mut function = Function::start(Path::new(program), &emulator, &environment)
        .map_err(|error| io::Error::other(format!("cannot run {program}: {error}")))?;
    let lives = tokio::select! {
        answered = answer(&emulator) => answered.map(|()| true)?,
        ended = function.ended() => ended.map(|_| false)?,
    };
    eprint!("{}", function.end()?);
    if lives { Ok(()) } else { Err(io::Error::other("the function has ended by itself")) }
}

async fn answer(emulator: &Emulator) -> io::Result<()> {
    // A function that cannot start ends before it is ready, also if there is nothing to ask it.
    let ready = tokio::time::timeout(TIME_TO_START, emulator.ready(1)).await;
    ready.map_err(|_| io::Error::other("the function does not ask for an invocation"))?;
    for event in io::stdin().lines() {
        println!("{}", emulator.invoke(event?).await.text());
    }
    Ok(())
}
