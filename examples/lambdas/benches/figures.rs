//! The size of the functions, the time of their starts, and the memory that they take.
//!
//! `cargo xtask figures` builds them as they are deployed and runs this.

#[path = "../tests/e2e/deployment.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod deployment;
#[path = "../tests/e2e/logs.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod logs;
#[path = "../tests/e2e/stub.rs"]
mod stub;
#[path = "../tests/e2e/tools.rs"]
mod tools;
#[path = "../tests/e2e/users.rs"]
mod users;

use std::path::Path;
use std::time::{Duration, Instant};

use lambda_emulator::{Emulator, Function};
use serde_json::json;
use session_limit_harness::memory::Memory;

use deployment::Deployment;
use logs::{connected, disconnected, message, new_session};
use tools::run;

const STARTS: usize = 20;
const LOGINS: usize = 5;
const MESSAGES: usize = 10_000;
const QUIET: [(&str, &str); 2] = [("RUST_LOG", "info"), ("REFUSAL_FLOOR_MS", "0")];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, mode] = arguments.as_slice() else { return usage() };
    // `cargo test --all-targets` starts this as well, to see whether it starts.
    if mode == "--bench" { run(print(Path::new(folder))) } else { usage() }
}

fn usage() {
    println!("usage: figures FOLDER --bench, with the functions in FOLDER");
}

async fn print(folder: &Path) {
    let deployment = Deployment::plan().functions(folder).start(&QUIET).await;
    let (provider, tracker) = (&deployment.providers[0], &deployment.trackers[0]);
    let at_rest = [memory(provider), memory(tracker)];
    for _ in 0..LOGINS {
        deployment.logins("limit-100", 1).await;
    }
    let session = new_session();
    let mut messages = vec![connected("limit-100", &session)];
    messages.resize_with(MESSAGES - 1, || message("OPEN", &session, json!({"path": "/a"})));
    messages.push(disconnected(&session));
    deployment.log_messages(&messages).await;
    let after = [memory(provider), memory(tracker)];
    let names = ["get-user-config", "session-tracker"];
    let mut starts = Vec::new();
    for name in names {
        starts.push(time_to_first_poll(&folder.join(name)).await);
    }
    let row = |what: &str, of: &dyn Fn(usize) -> String| {
        println!("| {what:42} | {:>15} | {:>15} |", of(0), of(1));
    };
    row("", &|n| names[n].into());
    println!("|{0:-<44}|{0:-<17}|{0:-<17}|", "");
    row("size of the program", &|n| mebibytes(folder.join(names[n]).metadata().unwrap().len()));
    row("from its start to its first poll", &|n| milliseconds(starts[n]));
    row("resident memory at rest", &|n| mebibytes(at_rest[n].resident));
    row(&format!("  after {LOGINS} logins, or {MESSAGES} messages"), &|n| {
        mebibytes(after[n].resident)
    });
    row("  at the most", &|n| mebibytes(after[n].most));
}

/// The median of some starts, each from the system's call to the first request for an event.
async fn time_to_first_poll(program: &Path) -> Duration {
    let mut times = Vec::new();
    let settings = [&QUIET[..], &[("SESSION_STORE", "memcached://127.0.0.1:1")]].concat();
    for _ in 0..STARTS {
        let emulator = Emulator::start().await.unwrap();
        let start = Instant::now();
        let _function = Function::start(program, &emulator, &settings).unwrap();
        emulator.ready(1).await;
        times.push(start.elapsed());
    }
    times.sort();
    times[STARTS / 2]
}

fn memory(function: &Function) -> Memory {
    Memory::of(function.id().unwrap())
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1 << 20) as f64)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}
