//! Explores worlds of the lease ledger and prints what was found: `model [NAME]…`, all worlds
//! without a name.

use std::process::ExitCode;

use session_limit_testkit::model::WORLDS;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = names.iter().find(|name| !WORLDS.iter().any(|w| w.name == **name)) {
        eprintln!("error: there is no world {unknown:?}; there are:");
        for world in WORLDS {
            eprintln!("  {:18} {}", world.name, world.about);
        }
        return ExitCode::from(2);
    }
    let mut failures = 0;
    println!("{:18} {:>10} {:>11} {:>6} {:>8}", "world", "states", "steps", "depth", "time");
    for world in WORLDS {
        if !names.is_empty() && !names.iter().any(|name| name == world.name) {
            continue;
        }
        let explored = (world.explore)();
        println!(
            "{:18} {:>10} {:>11} {:>6} {:>6.1} s",
            world.name,
            explored.states,
            explored.steps,
            explored.depth,
            explored.time.as_secs_f64()
        );
        for failure in &explored.failures {
            println!("\n{failure}");
        }
        failures += explored.failures.len();
    }
    if failures > 0 {
        println!("\n{failures} properties do not hold");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
