//! Processes that the tests start, and waiting for what they do.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Long enough for anything that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Starts `command`, or says what is missing.
pub(crate) fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        panic!(
            "cannot start {program}: {error}. `cargo xtask test` installs what these tests need."
        )
    })
}

/// Kills `child` and all that it has started.
pub(crate) fn kill_all(child: &mut Child) {
    for process in descendants(Pid::from_child(child)) {
        // It may have ended by itself since it was seen.
        let _ = kill_process(process, Signal::KILL);
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// The processes that `process` has started, and those that they have started.
fn descendants(process: Pid) -> Vec<Pid> {
    let id = process.as_raw_nonzero();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| Pid::from_raw(id.parse().ok()?));
    children.flat_map(|child| [vec![child], descendants(child)].concat()).collect()
}

/// Tries until it works, as long as anybody would.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::yield_now();
    }
}
