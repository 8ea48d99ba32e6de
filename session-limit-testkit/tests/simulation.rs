//! Simulated worlds: the ledgers keep their promises in them, and the control does not.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;

use session_limit_core::ledger::KeyPhase;
use session_limit_testkit::sim::{Config, Faults, LedgerKind, Report, simulate};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=12;

/// A world small enough for a test, with everything that the lease ledger promises to withstand.
fn assumed() -> Config {
    Config {
        days: 4,
        users: 120,
        faults: Faults::assumed(),
        ledger: LedgerKind::Lease,
        key_phase: KeyPhase::Strict,
        drains: true,
        ..Config::default()
    }
}

/// Runs the worlds of all seeds; a broken promise ends the test with the command that shows it.
fn run(config: &Config) -> Report {
    let mut sum = Report::default();
    for seed in SEEDS {
        let report = simulate(config, seed);
        let breaches = report.breaches(config);
        assert!(breaches.is_empty(), "{breaches:?}; replay: {}", config.replay(seed));
        sum.add(&report);
    }
    sum
}

#[test]
fn the_lease_ledger_withstands_what_is_assumed() {
    let report = run(&assumed());
    assert_eq!(report.over_admitted(), 0);
    assert_eq!(report.overdue_slots(), 0);
    assert_eq!(report.uncounted_hours, 0);
    assert_eq!(report.never(&assumed()), Vec::<&str>::new(), "the test is too weak");
}

#[test]
fn the_counter_ledger_admits_nobody_above_the_limit() {
    let report = run(&Config { ledger: LedgerKind::Counter, ..assumed() });
    assert_eq!(report.over_admitted(), 0);
    assert!(report.overdue_slots() > 0, "a counter leaks, and the control has to show it");
}

#[test]
fn the_published_algorithm_errs_both_ways() {
    let naive = run(&Config { ledger: LedgerKind::Naive, ..assumed() });
    assert!(naive.over_admitted() > 0);
    assert!(naive.overdue_slots() > 0);
    for cause in ["end counted twice", "two logins read the same number", "counter expired"] {
        assert!(naive.over_admissions.contains_key(cause), "the test is too weak: no {cause}");
    }
    let lease = run(&assumed());
    assert!(naive.falsely_refused() > 3 * lease.falsely_refused());
}

/// The causes that SEMANTICS.md names. There they are set in italics.
fn named_causes() -> BTreeSet<String> {
    let semantics = include_str!("../../SEMANTICS.md").replace("**", "");
    semantics.split('*').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn what_goes_wrong_is_what_the_semantics_name() {
    let faults = Faults::all();
    let mut seen = BTreeSet::new();
    for config in [
        Config { faults, key_phase: KeyPhase::Auto, ..assumed() },
        Config { faults, key_phase: KeyPhase::Strict, ..assumed() },
        Config { faults, key_phase: KeyPhase::Check, ..assumed() },
        Config { ledger: LedgerKind::Counter, ..assumed() },
        Config { faults, ledger: LedgerKind::Counter, ..assumed() },
    ] {
        let report = run(&config);
        let causes = report.over_admissions.keys().chain(report.false_refusals.keys());
        seen.extend(causes.chain(report.stuck.keys()).chain(report.uncovered.keys()).copied());
    }
    assert_eq!(seen.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), named_causes());
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let config = Config { faults: Faults::all(), key_phase: KeyPhase::Auto, ..assumed() };
    let text = |seed| format!("{:?}", simulate(&config, seed));
    assert_eq!(text(7), text(7));
    assert_ne!(text(7), text(8));
}

#[test]
fn the_load_is_real() {
    let report = simulate(&Config { drains: false, ..assumed() }, 1);
    assert!(report.logins >= 20 * 120 * 4, "20 logins per user and day");
    assert!(report.logins_near_limit * 100 >= report.logins * 30, "30 % of them near the limit");
}
