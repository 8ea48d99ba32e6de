//! The project's chores: `cargo xtask demo`, `cargo xtask test` and others.
//!
//! Each command is a function `(&[String]) -> Outcome`, mostly `run` in a file of its own, and a
//! line in [`GROUPS`].

mod bench;
mod check;
mod circles;
mod copy;
mod demo;
mod deny;
mod errors;
mod files;
mod functions;
mod fuzz;
mod guards;
mod instructions;
mod lengths;
mod links;
mod model;
mod modules;
mod mutants;
mod openings;
mod program;
mod promises;
mod proof;
mod purity;
mod setup;
mod simulate;
mod stacks;
mod steps;
mod test;
mod workspace;

use std::process::ExitCode;

/// The end of a command: an exit status of its own, or a sentence that says why it could not do its
/// work.
type Outcome = Result<ExitCode, String>;

/// A command, what it does, and about how long that takes on 2 idle cores.
struct Command {
    name: &'static str,
    about: &'static str,
    takes: &'static str,
    run: fn(&[String]) -> Outcome,
}

impl Command {
    const fn new(
        name: &'static str,
        about: &'static str,
        takes: &'static str,
        run: fn(&[String]) -> Outcome,
    ) -> Self {
        Self { name, about, takes, run }
    }
}

/// Commands that belong together.
struct Group {
    name: &'static str,
    commands: &'static [Command],
}

const GROUPS: &[Group] = &[
    Group {
        name: "Every day",
        commands: &[
            Command::new(
                "check",
                "Checks the text of everything, and the rules: no server, no root, no download",
                "3 minutes at first, then 20 seconds",
                check::run,
            ),
            Command::new(
                "test",
                "Checks and tests everything, and installs what it needs; CI runs it",
                "20 minutes at first, then 10",
                test::run,
            ),
            Command::new(
                "demo",
                "Starts a server on this machine and shows a session limit at work",
                "5 minutes at first, then seconds",
                demo::run,
            ),
            Command::new(
                "deny",
                "Checks the licences, versions and sources of dependencies; --advisories asks RustSec",
                "seconds",
                deny::run,
            ),
        ],
    },
    Group {
        name: "Proof",
        commands: &[
            Command::new(
                "proof",
                "Packs the crates, checks each feature alone, builds functions, explores large models",
                "an hour",
                proof::run,
            ),
            Command::new(
                "model",
                "Explores the lease ledger exhaustively in small worlds; all, or WORLD...",
                "7 minutes",
                model::run,
            ),
            Command::new(
                "simulate",
                "Simulates a ledger among users, faults and a log; --help tells more",
                "minutes",
                simulate::run,
            ),
            Command::new(
                "guards",
                "Takes each guard out of a copy and checks that it is missed; --list, --only NAME",
                "15 minutes",
                guards::run,
            ),
            Command::new(
                "mutants",
                "Breaks the ledgers and authentication in every way; all, or FILE...; --fresh",
                "several hours",
                mutants::run,
            ),
            Command::new(
                "fuzz",
                "Fuzzes all targets, or TARGET, each for --minutes N; needs nightly Rust",
                "10 minutes for each target",
                fuzz::run,
            ),
        ],
    },
    Group {
        name: "Measure, on a machine that does nothing else",
        commands: &[
            Command::new(
                "bench",
                "Measures all or NAME... beside bounds and peers; --trial",
                "30 minutes",
                bench::run,
            ),
            Command::new(
                "figures",
                "Prints the size, the start-up time and the memory of the Lambda functions",
                "10 minutes",
                functions::figures,
            ),
            Command::new(
                "instructions",
                "Compares the instructions of the hot paths with those recorded; --record",
                "3 minutes",
                instructions::run,
            ),
            Command::new(
                "timing",
                "Measures whether the time of a refusal tells why",
                "15 minutes",
                functions::timing,
            ),
        ],
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
    let mut commands = GROUPS.iter().flat_map(|group| group.commands);
    let Some(command) = commands.find(|command| command.name == name) else {
        eprint!("error: there is no command {name:?}\n\n{}", help());
        return ExitCode::from(2);
    };
    if let Err(error) = std::env::set_current_dir(workspace::root()) {
        eprintln!("error: {}: {error}", workspace::root().display());
        return ExitCode::FAILURE;
    }
    if !asks_for_help(arguments) {
        eprintln!("{}. It takes about {}.", command.about, command.takes);
    }
    (command.run)(arguments).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn help() -> String {
    let mut help = String::from("Usage: cargo xtask COMMAND\n");
    for group in GROUPS {
        help.push_str(&format!("\n{}:\n", group.name));
        for command in group.commands {
            let Command { name, about, takes, .. } = command;
            help.push_str(&format!("  {name:13}{about} ({takes})\n"));
        }
    }
    help
}

fn asks_for_help(arguments: &[String]) -> bool {
    arguments.iter().any(|argument| matches!(argument.as_str(), "-h" | "--help" | "--list"))
}

/// Refuses arguments where a command takes none.
fn no_arguments(arguments: &[String]) -> Result<(), String> {
    match arguments.first() {
        None => Ok(()),
        Some(argument) => Err(format!("unexpected argument {argument:?}")),
    }
}
