//! `cargo xtask bench`: how quick everything is, built as it is deployed.

use std::process::{Command, ExitCode};

use crate::functions::PROFILE;
use crate::steps::{Steps, cargo};
use crate::{Outcome, functions, setup, workspace};

const TRIAL: &str = "--trial";

/// Runs the comparison program: beside bounds and peers that are measured in the same run.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (options, names): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|word| word.starts_with('-'));
    if options.iter().any(|option| *option != TRIAL) {
        return Err(format!("usage: cargo xtask bench [{TRIAL}] [NAME...]"));
    }
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    let python = setup::python_baseline(&mut steps)?;
    let folder = functions::build(&mut steps)?;
    let mut build = cargo(["build", "--quiet", "--locked", "--profile", PROFILE]);
    build.args(["--package", "session-limit-bench", "--features", "measure", "--bins"]);
    steps.command("build what measures them", &mut build)?;
    // What was measured must be replaced neither by a trial nor by a part of it.
    let to = match (options.is_empty(), names.is_empty()) {
        (false, _) => "bench-trial",
        (true, true) => "bench",
        (true, false) => "bench-some",
    };
    let mut measure = on_one_processor()?;
    measure.arg(folder.join("measure")).arg("--python").arg(python);
    measure.arg("--to").arg(workspace::target()?.join(to));
    steps.command("measure", measure.args(options).args(names))?;
    Ok(ExitCode::SUCCESS)
}

/// A command that runs another, and all that this starts, on the first of the processors that are ours.
/// Where they may have two, the kernel lets a server now run beside its client and now take turns with
/// it, and a round trip takes several times as long in the one case as in the other.
///
/// Nor do they interrupt each other. Usually the kernel lets whoever is woken in at once if he has had
/// less of the processor. A client that does more than its server would often be interrupted by it as
/// soon as it has sent a request, and one that does less hardly ever: the processor would be switched
/// oftener for the one than for the other, as it never is between two machines.
fn on_one_processor() -> Result<Command, String> {
    let status = std::fs::read_to_string("/proc/self/status");
    let status = status.map_err(|error| format!("this is measured on Linux only: {error}"))?;
    let first = first_processor(&status).ok_or("the kernel does not tell the processors")?;
    let mut command = Command::new("chrt");
    command.args(["--batch", "0", "taskset", "--cpu-list", first]);
    Ok(command)
}

fn first_processor(status: &str) -> Option<&str> {
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    allowed.trim().split(['-', ',']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_is_found() {
        for (list, first) in [("0-3,8", "0"), ("5", "5"), ("12,14-15", "12")] {
            let status =
                format!("Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t{list}\nMems:\t1");
            assert_eq!(first_processor(&status), Some(first));
        }
        assert_eq!(first_processor("Name:\tx\n"), None);
    }
}
