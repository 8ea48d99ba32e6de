//! The run of many worlds, spread over the processors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use session_limit_testkit::sim::{Config, Report, simulate};

use crate::arguments::Arguments;

/// The result of the worlds.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) report: Report,
    /// The seeds whose worlds saw promises broken, with these promises.
    pub(crate) broken: Vec<(u64, Vec<String>)>,
}

/// Runs the worlds of `config`. Each is simulated by one thread. The result does not depend on the
/// number of threads.
pub(crate) fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let reports = side_by_side(config.ledger.name(), arguments.seeds, |number| {
        let seed = arguments.seed + number;
        let mut report = simulate(config, seed);
        if number > 0 {
            report.samples.clear(); // one picture is enough
        }
        (seed, report)
    });
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

/// Runs `simulate` for each of so many worlds, and returns the results in their order. As many run
/// at once as there are processors.
pub(crate) fn side_by_side<T: Send>(
    name: &'static str,
    worlds: u64,
    simulate: impl Fn(u64) -> T + Sync,
) -> Vec<T> {
    let bar = ProgressBar::new(worlds).with_style(style());
    bar.set_prefix(name);
    let next = AtomicU64::new(0);
    let done = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= worlds {
                        return;
                    }
                    let told = simulate(number);
                    done.lock().expect("no thread panics").push((number, told));
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().expect("no thread panics");
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, told)| told).collect()
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:8} [{bar:40}] {pos}/{len} worlds, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
