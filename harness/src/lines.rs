//! Lines that the programs of a test have printed, and waiting for them.
//!
//! When a test fails, all that they have printed is shown below the failure. A program that did not
//! do what the test expected has often said why.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, Once, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crate::PATIENCE;

/// Number of ended streams that are shown.
const MOST_ENDED: usize = 40;
/// Number of lines of each stream that are shown.
const MOST_LINES: usize = 1_000;

/// All streams of all programs, in the order in which they were started.
static STREAMS: Mutex<Vec<Lines>> = Mutex::new(Vec::new());

/// The lines that a program has written to one of its streams so far.
#[derive(Clone)]
pub struct Lines(Arc<Stream>);

struct Stream {
    name: String,
    written: Mutex<Written>,
    changed: Condvar,
}

#[derive(Default)]
struct Written {
    lines: Vec<String>,
    at_end: bool,
}

impl Lines {
    /// Collects the lines that come out of `pipe`, under this `name`.
    pub fn of(name: &str, pipe: impl Read + Send + 'static) -> Self {
        let lines = Self::new(name);
        let collected = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                collected.push(String::from_utf8_lossy(&line).into_owned());
            }
            collected.change(|written| written.at_end = true);
        });
        lines
    }

    /// Creates a collection of lines that this process itself writes.
    pub fn new(name: &str) -> Self {
        let test = thread::current().name().unwrap_or("a thread of a test").to_owned();
        let (written, changed) = Default::default();
        let lines = Self(Arc::new(Stream { name: format!("{name}, {test}"), written, changed }));
        STREAMS.lock().unwrap_or_else(PoisonError::into_inner).push(lines.clone());
        show_when_a_test_fails();
        lines
    }

    /// Adds a line.
    pub fn push(&self, line: String) {
        self.change(|written| written.lines.push(line));
    }

    /// Waits until `find` finds something in the lines; `None` if the stream ends before.
    #[track_caller]
    pub fn wait_for<T>(&self, find: impl Fn(&[String]) -> Option<T>) -> Option<T> {
        self.wait_within(PATIENCE, "more", find)
    }

    /// Waits until there are `count` lines that start with `start`.
    #[track_caller]
    pub fn wait_for_count(&self, start: &str, count: usize) {
        let what = format!("{count} times {start:?}");
        let enough = |lines: &[String]| (count_of(lines, start) >= count).then_some(());
        assert!(self.wait_within(PATIENCE, &what, enough).is_some(), "ended before {what}");
    }

    /// Waits like [`Self::wait_for`], but only for `limit`; `what` says what is waited for.
    #[track_caller]
    pub fn wait_within<T>(
        &self,
        limit: Duration,
        what: &str,
        find: impl Fn(&[String]) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut written = self.0.written.lock().unwrap();
        loop {
            let found = find(&written.lines);
            if found.is_some() || written.at_end {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // So that they can be shown.
                drop(written);
                panic!("waited in vain for {what} from {}", self.0.name);
            }
            written = self.0.changed.wait_timeout(written, left).unwrap().0;
        }
    }

    /// The number of lines that start with `start` by now.
    pub fn count(&self, start: &str) -> usize {
        count_of(&self.0.written.lock().unwrap().lines, start)
    }

    /// All lines by now, as one text.
    pub fn text(&self) -> String {
        self.0.written.lock().unwrap().lines.join("\n")
    }

    fn change(&self, change: impl FnOnce(&mut Written)) {
        change(&mut self.0.written.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.notify_all();
    }

    /// The latest lines, and true if the stream has ended. `None` if the lines stay locked: the
    /// thread that fails may hold the lock, and would wait for itself for ever.
    fn latest(&self) -> Option<(Vec<String>, bool)> {
        for _ in 0..1_000 {
            let written = match self.0.written.try_lock() {
                Ok(written) => written,
                Err(TryLockError::Poisoned(written)) => written.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    thread::yield_now();
                    continue;
                }
            };
            let surplus = written.lines.len().saturating_sub(MOST_LINES);
            return Some((written.lines[surplus..].to_vec(), written.at_end));
        }
        None
    }
}

fn count_of(lines: &[String], start: &str) -> usize {
    lines.iter().filter(|line| line.starts_with(start)).count()
}

/// Shows all that was printed whenever a test fails, from now on.
fn show_when_a_test_fails() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            usual(panic);
            eprintln!("{}", all_that_was_printed());
        }));
    });
}

/// All that programs have printed: those that still run, and the latest of those that have ended.
fn all_that_was_printed() -> String {
    let streams = STREAMS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut ended = 0;
    let mut shown: Vec<_> = streams
        .iter()
        .rev()
        .filter_map(|stream| {
            let name = &stream.0.name;
            let Some((lines, at_end)) = stream.latest() else {
                return Some(format!("-- {name}: cannot be read now\n"));
            };
            ended += usize::from(at_end && !lines.is_empty());
            let is_shown = !at_end || (!lines.is_empty() && ended <= MOST_ENDED);
            let state = if at_end { "ended" } else { "open" };
            let nothing = if lines.is_empty() { ": nothing" } else { "" };
            is_shown.then(|| format!("-- {name} ({state}){nothing}\n{}\n", lines.join("\n")))
        })
        .collect();
    shown.reverse();
    format!("What the programs have printed:\n{}", shown.concat())
}
