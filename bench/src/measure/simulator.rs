//! How quick the simulator is.

use std::time::Instant;

use session_limit_testkit::sim::{Config, simulate};

use crate::figures::{Row, Spread, Unit};
use crate::plan::Plan;

/// The worlds of one sample.
const SEEDS: std::ops::Range<u64> = 0..3;

pub(crate) fn measure(plan: Plan) -> Row {
    plan.tell("simulator");
    let config = Config { days: if plan.is_trial { 1 } else { 7 }, ..Config::default() };
    let hours = f64::from(config.days) * 24.0;
    let of_seed = |seed| {
        let start = Instant::now();
        std::hint::black_box(simulate(&config, seed));
        hours / start.elapsed().as_secs_f64()
    };
    let rates: Vec<_> = SEEDS.map(of_seed).collect();
    let what = format!("simulated hours of {} users, with all faults", config.users);
    Row::new("simulator", what, Unit::PerSecond).value(Spread::of(&rates)).short()
}
