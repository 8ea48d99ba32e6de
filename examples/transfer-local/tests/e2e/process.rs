//! Processes that the tests start, and waiting for what they do.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Long enough for anything that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The lines that a process has written so far.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    at_end: bool,
}

impl Lines {
    /// Collects what comes out of `pipe`.
    pub(crate) fn of(pipe: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let collected = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                collected.change(|written| written.lines.push(line));
            }
            collected.change(|written| written.at_end = true);
        });
        lines
    }

    /// Waits until `find` finds something in the lines; `None` if the pipe ends before.
    pub(crate) fn wait_for<T>(&self, find: impl Fn(&[String]) -> Option<T>) -> Option<T> {
        let (written, changed) = &*self.0;
        let mut guard = written.lock().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = find(&guard.lines);
            if found.is_some() || guard.at_end {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain; so far: {:#?}", guard.lines);
            guard = changed.wait_timeout(guard, left).unwrap().0;
        }
    }

    /// Waits until there are `count` lines that start with `start`.
    pub(crate) fn wait_for_count(&self, start: &str, count: usize) {
        let enough = |lines: &[String]| (count_of(lines, start) >= count).then_some(());
        assert!(self.wait_for(enough).is_some(), "ended before {count} times {start:?}");
    }

    /// How many lines start with `start` by now.
    pub(crate) fn count(&self, start: &str) -> usize {
        count_of(&self.0.0.lock().unwrap().lines, start)
    }

    /// All lines by now, as one text.
    pub(crate) fn text(&self) -> String {
        self.0.0.lock().unwrap().lines.join("\n")
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }
}

fn count_of(lines: &[String], start: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(start)).count()
}

/// Starts `command`, or says what is missing.
pub(crate) fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| {
        let program = command.get_program().to_string_lossy().into_owned();
        panic!(
            "cannot start {program}: {error}. These tests need the Debian packages \
             openssh-client and sshpass; `cargo xtask test` installs them."
        )
    })
}

/// Sends a signal to one process, which has to be there.
pub(crate) fn signal(name: &str, process: u32) {
    assert!(try_signal(name, process), "kill {name} {process} failed");
}

fn try_signal(name: &str, process: u32) -> bool {
    Command::new("kill").args([name, &process.to_string()]).status().unwrap().success()
}

/// Kills `child` and all that it has started.
pub(crate) fn kill_all(child: &mut Child) {
    for process in descendants(child.id()) {
        // It may have ended by itself since it was seen.
        try_signal("-KILL", process);
    }
    let _ = child.kill();
    child.wait().unwrap();
}

/// The processes that `process` has started, and those that they have started.
fn descendants(process: u32) -> Vec<u32> {
    let children = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(children).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|id| id.parse().ok());
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
