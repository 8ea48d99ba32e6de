//! Processes that tests start.

use std::io;
use std::process::{Child, Command};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// Starts `command`, or says what is missing.
pub fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        panic!(
            "cannot start {program}: {error}. `cargo xtask test` installs what these tests need."
        )
    })
}

/// Kills `child` and all that it has started.
pub fn kill_all(child: &mut Child) {
    for process in descendants(Pid::from_child(child)) {
        // It may have ended by itself since it was seen.
        let _ = kill_process(process, Signal::KILL);
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// Lets this process, and those that it starts, have as many files and connections as they may. By
/// default many systems stop at 1,024.
///
/// # Errors
/// The system does not allow it.
pub fn allow_many_connections() -> io::Result<()> {
    let most = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })?)
}

/// The processes that `process` has started, and those that they have started.
fn descendants(process: Pid) -> Vec<Pid> {
    let id = process.as_raw_nonzero();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?));
    children.flat_map(|child| [vec![child], descendants(child)].concat()).collect()
}
