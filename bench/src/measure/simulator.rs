//! The speed of the simulator, beside itself with the ledger that does the least.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use session_limit_testkit::sim::{Config, LedgerKind, simulate};

use crate::measurement::{Measurement, Run, block_on, in_turn};
use crate::row::Row;

pub(crate) fn all() -> Vec<Measurement> {
    vec![Measurement::new("simulator", |_, run| block_on(rows(run)))]
}

async fn rows(run: &Run) -> Result<Vec<Row>> {
    let lease = Config { days: if run.is_trial { 1 } else { 7 }, ..Config::default() };
    let configs = [lease, Config { ledger: LedgerKind::Naive, ..lease }];
    let mut seeds = [0; 2];
    let [ours, theirs] = in_turn(run.turns(3, 1), async |nth| {
        let start = Instant::now();
        seeds[nth] += 1;
        black_box(simulate(&configs[nth], seeds[nth]));
        Ok(f64::from(lease.days) * 24.0 / start.elapsed().as_secs_f64())
    })
    .await?;
    let what = format!("simulated hours of {} users, with all faults", lease.users);
    Ok(vec![Row::new(what, "/s", &ours, "the naive counter in the same worlds", &theirs)])
}
