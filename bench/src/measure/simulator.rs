//! How quick the simulator is, next to itself with the ledger that does the least.

use std::hint::black_box;
use std::time::Instant;

use session_limit_testkit::sim::{Config, LedgerKind, simulate};

use crate::figures::{Row, Unit};
use crate::plan::Plan;

/// The worlds, of each of which one sample is made.
const SEEDS: std::ops::Range<u64> = 0..3;

pub(crate) const NAME: &str = "simulator";

pub(crate) fn measure(plan: Plan<'_>) -> Row {
    let lease = Config { days: if plan.is_trial { 1 } else { 7 }, ..Config::default() };
    let naive = Config { ledger: LedgerKind::Naive, ..lease };
    let (mut leased, mut counted) = (Vec::new(), Vec::new());
    for seed in SEEDS {
        let mut turns = [(&lease, &mut leased), (&naive, &mut counted)];
        // Now the one first, now the other.
        turns.rotate_left(seed as usize % 2);
        for (config, rates) in turns {
            let start = Instant::now();
            black_box(simulate(config, seed));
            rates.push(f64::from(config.days) * 24.0 / start.elapsed().as_secs_f64());
        }
    }
    let what = format!("simulated hours of {} users, with all faults", lease.users);
    let row = Row::new(NAME, what, Unit::PerSecond);
    row.in_pairs(&leased, "the naive counter in the same worlds", &counted).short()
}
