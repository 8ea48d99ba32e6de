//! Explores worlds of the lease ledger and prints what was found.

use std::process::ExitCode;

use session_limit_testkit::model::{Explorable, WORLDS};

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|name| name == "--long") {
        names.retain(|name| name != "--long");
        names.extend(WORLDS.iter().filter(|world| world.is_long).map(|world| world.name.into()));
    }
    if names.iter().any(|name| matches!(name.as_str(), "--help" | "-h")) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = names.iter().find(|name| !WORLDS.iter().any(|w| w.name == **name)) {
        eprint!("error: there is no world {unknown:?}\n\n{}", help());
        return ExitCode::from(2);
    }
    let is_chosen = |world: &&Explorable| {
        if names.is_empty() { !world.is_long } else { names.iter().any(|name| name == world.name) }
    };
    let mut failures = 0;
    println!("{:22} {:>10} {:>11} {:>6} {:>8}", "world", "states", "steps", "depth", "time");
    for world in WORLDS.iter().filter(is_chosen) {
        let explored = (world.explore)();
        println!(
            "{:22} {:>10} {:>11} {:>6} {:>6.1} s",
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
    if names.is_empty() {
        let long = WORLDS.iter().filter(|world| world.is_long).map(|world| world.name);
        println!("not explored unless named: {}", long.collect::<Vec<_>>().join(", "));
    }
    ExitCode::SUCCESS
}

fn help() -> String {
    let mut help = String::from(
        "Explores worlds of the lease ledger exhaustively.\n\n\
         Usage: cargo xtask model [WORLD]… [--long]\n\n\
         Without a name all worlds are explored but those that take many minutes: --long names\n\
         those. The worlds:\n",
    );
    for world in WORLDS {
        let long = if world.is_long { " (long)" } else { "" };
        help.push_str(&format!("  {:22} {}{long}\n", world.name, world.about));
    }
    help
}
