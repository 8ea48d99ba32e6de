//! The project's chores: `cargo xtask demo`, `cargo xtask test` and others.
//!
//! Each command is a function `(&[String]) -> Outcome`, mostly `run` in a file of its own, and a line
//! in [`COMMANDS`].

mod bench;
mod copy;
mod demo;
mod deny;
mod errors;
mod functions;
mod fuzz;
mod guards;
mod instructions;
mod links;
mod model;
mod modules;
mod mutants;
mod program;
mod promises;
mod purity;
mod setup;
mod simulate;
mod stacks;
mod steps;
mod test;
mod workspace;

use std::process::ExitCode;

/// How a command ends: with an exit status of its own, or a sentence why it could not do its work.
type Outcome = Result<ExitCode, String>;

/// A command, and what it does.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "bench",
        about: "Measures all or NAME... next to bounds and peers, on an idle machine; --profile, --trial",
        run: bench::run,
    },
    Command {
        name: "demo",
        about: "Starts a server on this machine and shows a session limit at work",
        run: demo::run,
    },
    Command {
        name: "deny",
        about: "Checks the licences, versions and sources of dependencies; with --advisories more",
        run: deny::run,
    },
    Command {
        name: "figures",
        about: "Prints the size, the start-up time and the memory of the Lambda functions",
        run: functions::figures,
    },
    Command {
        name: "fuzz",
        about: "Fuzzes all targets, or the one named, each for --minutes N; needs nightly Rust",
        run: fuzz::run,
    },
    Command {
        name: "guards",
        about: "Takes each guard out of a copy and checks that it is missed; --list names them",
        run: guards::run,
    },
    Command {
        name: "instructions",
        about: "Compares the instructions of the hot paths with those recorded; --record rewrites",
        run: instructions::run,
    },
    Command {
        name: "model",
        about: "Explores the lease ledger exhaustively in small worlds; all, or those named",
        run: model::run,
    },
    Command {
        name: "mutants",
        about: "Breaks the ledgers and authentication in every way there is; all, or FILE...; --fresh",
        run: mutants::run,
    },
    Command {
        name: "simulate",
        about: "Simulates a ledger among users, faults and a log; --help tells more",
        run: simulate::run,
    },
    Command {
        name: "test",
        about: "Checks and tests everything, setting up what it needs; what CI runs",
        run: test::run,
    },
    Command {
        name: "timing",
        about: "Measures whether the time of a refusal tells why; on a machine that is idle",
        run: functions::timing,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, arguments) = match arguments.split_first() {
        None => ("help", &[][..]),
        Some((name, arguments)) => (name.as_str(), arguments),
    };
    if matches!(name, "help" | "-h" | "--help") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("error: there is no command {name:?}\n\n{}", help());
        return ExitCode::from(2);
    };
    if let Err(error) = std::env::set_current_dir(workspace::root()) {
        eprintln!("error: {}: {error}", workspace::root().display());
        return ExitCode::FAILURE;
    }
    (command.run)(arguments).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn help() -> String {
    let mut help = String::from("Usage: cargo xtask COMMAND\n\nCommands:\n");
    for command in COMMANDS {
        help.push_str(&format!("  {:13}{}\n", command.name, command.about));
    }
    help
}

/// Refuses arguments where a command takes none.
fn no_arguments(arguments: &[String]) -> Result<(), String> {
    match arguments.first() {
        None => Ok(()),
        Some(argument) => Err(format!("unexpected argument {argument:?}")),
    }
}
