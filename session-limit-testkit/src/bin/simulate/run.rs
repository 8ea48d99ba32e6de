//! Many worlds, spread over the processors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use session_limit_testkit::sim::{Config, Report, simulate};

use crate::arguments::Arguments;

/// What the worlds told.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) report: Report,
    /// Seeds whose world saw a promise broken, and which.
    pub(crate) broken: Vec<(u64, Vec<String>)>,
}

/// Runs the worlds of `config`. Each is simulated by one thread; the sum does not depend on how
/// many there are.
pub(crate) fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let bar = ProgressBar::new(arguments.seeds).with_style(style());
    bar.set_prefix(config.ledger.name());
    let next = AtomicU64::new(0);
    let done = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= arguments.seeds {
                        return;
                    }
                    let seed = arguments.seed + number;
                    let mut report = simulate(config, seed);
                    if number > 0 {
                        report.samples.clear(); // one picture is enough
                    }
                    done.lock().expect("no thread panics").push((seed, report));
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut reports = done.into_inner().expect("no thread panics");
    reports.sort_by_key(|(seed, _)| *seed);
    let mut outcome = Outcome::default();
    for (seed, report) in reports {
        let breaches = report.breaches(config);
        if !breaches.is_empty() {
            outcome.broken.push((seed, breaches));
        }
        outcome.report.add(&report);
    }
    outcome
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:8} [{bar:40}] {pos}/{len} worlds, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
