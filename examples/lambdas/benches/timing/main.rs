//! Measures whether the time of a refusal tells its reason.
//!
//! `cargo xtask timing` builds the functions as they are deployed and runs this. It logs in to
//! `get-user-config` as strangers do, in random order, and compares the times with Welch's t-test,
//! as dudect does. Without a floor for refusals it has to see a difference, and with the default one
//! it must see none. On a machine that is busy with something else the figures mean little.

#[path = "../../tests/e2e/deployment.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod deployment;
#[path = "../../tests/e2e/logs.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod logs;
mod population;
mod statistics;
#[path = "../../tests/e2e/stub.rs"]
mod stub;
#[path = "../../tests/e2e/tools.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod tools;
#[path = "../../tests/e2e/users.rs"]
mod users;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lambda_emulator::Outcome;

use deployment::Deployment;
use population::{ATTEMPTS, Attempt, DEAREST, Kind};
use statistics::{THRESHOLD, fastest, mean, welch};

/// Processes that answer at once. They mostly sleep, so that few processors are enough.
const PROCESSES: usize = 8;
const SAMPLES: usize = 100;
/// Without a floor a tenth of the samples shows a difference.
const CONTROL_SAMPLES: usize = SAMPLES / 10;

const CACHED: (&str, &str) = ("SECRET_CACHE_TTL_SECONDS", "3600");
const UNCACHED: (&str, &str) = ("SECRET_CACHE_TTL_SECONDS", "0");
const NO_FLOOR: (&str, &str) = ("REFUSAL_FLOOR_MS", "0");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --all-targets` starts this as well, to see whether it starts.
    match arguments.as_slice() {
        [_, folder, mode] if mode == "--bench" => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(measure(Path::new(folder)))
        }
        _ => {
            println!("usage: timing FOLDER --bench, with the functions in FOLDER");
            ExitCode::SUCCESS
        }
    }
}

async fn measure(folder: &Path) -> ExitCode {
    check_passwords(folder).await;
    println!("the dearest hashes that are accepted, a wrong password and no floor:");
    for attempt in DEAREST.chunks(1) {
        let times = times(folder, attempt, 3, 1, &[NO_FLOOR]).await;
        println!("  {:44} {:>7.1} ms", attempt[0].what, mean(&times[0]));
    }
    println!("\n| secrets, floor | one refusal | another | ms | ms | t | t of fastest 9/10 |");
    println!("|---|---|---|--:|--:|--:|--:|");
    let control = times(folder, ATTEMPTS, CONTROL_SAMPLES, 1, &[NO_FLOOR, CACHED]).await;
    let is_seen = largest_t("cached, none", &control) > THRESHOLD;
    let mut largest = 0_f64;
    for (name, setting) in [("cached, default", CACHED), ("not cached, default", UNCACHED)] {
        let times = times(folder, ATTEMPTS, SAMPLES, PROCESSES, &[setting]).await;
        largest = largest.max(largest_t(name, &times));
    }
    println!("\nlargest |t| with the default floor {largest:.1}, accepted below {THRESHOLD}");
    if !is_seen {
        println!("nothing is seen without a floor either: the measurement is worth nothing");
    }
    if is_seen && largest < THRESHOLD { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// From within their networks all users get in with the password that is the right one from outside.
async fn check_passwords(folder: &Path) {
    let plan = Deployment::with_secrets(population::secrets().await).functions(folder);
    let deployment = plan.start(&[("RUST_LOG", "warn"), ("SESSION_STORE", "none")]).await;
    for attempt in ATTEMPTS.iter().filter(|attempt| attempt.kind == Kind::Wrong) {
        assert!(deployment.login(attempt.user).await["Role"].is_string(), "{}", attempt.user);
    }
}

/// The times in milliseconds of each of `attempts`, `samples` of it.
async fn times(
    folder: &Path,
    attempts: &'static [Attempt],
    samples: usize,
    processes: usize,
    settings: &[(&str, &str)],
) -> Vec<Vec<f64>> {
    let plan = Deployment::with_secrets(population::secrets().await).functions(folder);
    let settings = [&[("RUST_LOG", "warn"), ("SESSION_STORE", "none")], settings].concat();
    let deployment = Arc::new(plan.processes(processes).start(&settings).await);
    let mut order: Vec<_> = (0..samples * attempts.len()).map(|n| n % attempts.len()).collect();
    fastrand::shuffle(&mut order);
    let order = Arc::new(Mutex::new(order));
    let times = Arc::new(Mutex::new(vec![Vec::with_capacity(samples); attempts.len()]));
    let clients: Vec<_> = (0..processes)
        .map(|_| {
            let (deployment, order, times) = (deployment.clone(), order.clone(), times.clone());
            tokio::spawn(async move {
                // The first login of a process connects to Secrets Manager.
                refused_after(&deployment, &attempts[0]).await;
                while let Some(next) = { order.lock().unwrap().pop() } {
                    let time = refused_after(&deployment, &attempts[next]).await;
                    times.lock().unwrap()[next].push(time.as_secs_f64() * 1_000.0);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    times.lock().unwrap().clone()
}

async fn refused_after(deployment: &Deployment, attempt: &Attempt) -> Duration {
    let event = attempt.event();
    let start = Instant::now();
    let outcome = deployment.logins.invoke(event).await;
    let time = start.elapsed();
    assert_eq!(outcome, Outcome::Answer(b"{}".to_vec()), "{}", attempt.what);
    time
}

/// Compares the kinds of refusals with each other, and an unknown user with each of the others.
fn largest_t(name: &str, times: &[Vec<f64>]) -> f64 {
    let of_kind = |kind| {
        let times = ATTEMPTS.iter().zip(times).filter(move |(attempt, _)| attempt.kind == kind);
        times.flat_map(|(_, times)| times.clone()).collect::<Vec<_>>()
    };
    let unknown = of_kind(Kind::Unknown);
    let mut pairs = vec![
        ("unknown user", unknown.clone(), "any wrong password", of_kind(Kind::Wrong)),
        ("unknown user", unknown.clone(), "any wrong address", of_kind(Kind::Away)),
        ("any wrong password", of_kind(Kind::Wrong), "any wrong address", of_kind(Kind::Away)),
    ];
    for (attempt, times) in ATTEMPTS.iter().zip(times).skip(1) {
        pairs.push(("unknown user", unknown.clone(), attempt.what, times.clone()));
    }
    let mut largest = 0_f64;
    for (one, of_one, another, of_another) in &pairs {
        let t = welch(of_one, of_another);
        let t_of_fastest = welch(fastest(of_one), fastest(of_another));
        let means = (mean(of_one), mean(of_another));
        println!(
            "| {name} | {one} | {another} | {:.2} | {:.2} | {t:.1} | {t_of_fastest:.1} |",
            means.0, means.1
        );
        largest = largest.max(t.abs()).max(t_of_fastest.abs());
    }
    largest
}
