//! Runs a function behind the emulator and invokes it with each line of standard input. Prints each
//! answer, or what there is instead of one, as a line.
//!
//! `invoke BOOTSTRAP [NAME=VALUE …] < EVENTS`

use std::io;
use std::path::Path;

use lambda_emulator::{Emulator, Function};

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((program, variables)) = arguments.split_first() else {
        return Err(io::Error::other("usage: invoke BOOTSTRAP [NAME=VALUE …] < EVENTS"));
    };
    let environment: Vec<_> = variables.iter().filter_map(|v| v.split_once('=')).collect();
    let emulator = Emulator::start().await?;
    let function = Function::start(Path::new(program), &emulator, &environment)?;
    for event in io::stdin().lines() {
        println!("{}", emulator.invoke(event?).await.text());
    }
    eprint!("{}", function.log());
    Ok(())
}
