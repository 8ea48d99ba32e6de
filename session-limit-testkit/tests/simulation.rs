//! Simulated worlds.
#![allow(missing_docs, clippy::unwrap_used)]

use session_limit_core::ledger::KeyPhase;
use session_limit_testkit::sim::{Config, Faults, LedgerKind, Report, simulate};

#[test]
fn quick() {
    for ledger in [LedgerKind::Lease, LedgerKind::Counter, LedgerKind::Naive] {
        for (faults, key_phase) in [
            (Faults::NONE, KeyPhase::Strict),
            (Faults::assumed(), KeyPhase::Strict),
            (Faults::all(), KeyPhase::Auto),
        ] {
            let config = Config { ledger, faults, key_phase, drains: true, ..Config::default() };
            let start = std::time::Instant::now();
            let mut report: Report = simulate(&config, 1);
            report.samples.clear();
            println!("== {ledger:?} {faults} {key_phase:?} {:?}\n{report:#?}", start.elapsed());
        }
    }
}
