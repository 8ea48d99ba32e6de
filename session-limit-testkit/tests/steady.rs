//! Steady traffic of one user: the slots that the ledgers hold for nobody, and the logins that they
//! refuse for that.
#![allow(missing_docs)]

use std::time::Duration;

use session_limit_core::ledger::LeaseTimes;
use session_limit_testkit::sim::LedgerKind;
use session_limit_testkit::sim::steady::{Row, Tally, simulate};

fn tally(row: &Row, ledger: LedgerKind) -> Tally {
    simulate(&row.traffic, ledger, row.times(LeaseTimes::default()), 1)
}

/// The breaches of what the lease ledger promises.
fn breaches(row: &Row) -> Vec<String> {
    row.breaches(LedgerKind::Lease, &tally(row, LedgerKind::Lease))
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// The worlds with all rates, addresses and delays, for a little longer than a reservation lives.
fn further() -> Vec<Row> {
    let mut rows = Row::further();
    for row in &mut rows {
        row.traffic.lasts = if row.traffic.rate < 1.0 { minutes(10) } else { minutes(6) };
    }
    rows
}

#[test]
fn few_are_refused_for_what_is_held_for_nobody() {
    for row in Row::first() {
        assert_eq!(breaches(&row), Vec::<String>::new(), "{row}");
    }
}

#[test]
fn no_more_is_held_for_nobody_than_the_bound_says() {
    for row in further() {
        assert_eq!(breaches(&row), Vec::<String>::new(), "{row}");
    }
}

#[test]
fn no_counter_admits_above_the_limit_or_loses_a_session() {
    for row in further() {
        let tally = tally(&row, LedgerKind::Counter);
        assert_eq!((tally.above_limit, tally.uncovered), (0, 0), "{row}");
    }
}

#[test]
fn a_counter_holds_what_failed_until_it_expires() {
    let slow = Row::first()[0];
    for ledger in [LedgerKind::Counter, LedgerKind::Naive] {
        let tally = tally(&slow, ledger);
        assert!(tally.wrongly_refused.beyond > 1_000, "{} {tally:?}", ledger.name());
        assert!(tally.exceeded.most > 0, "a counter cannot keep the bound, and has to show it");
    }
}

#[test]
fn all_ledgers_see_the_same_logins_and_the_same_seed_gives_the_same_world() {
    for mut row in Row::first() {
        row.traffic.lasts = minutes(20);
        let lease = tally(&row, LedgerKind::Lease);
        assert_eq!(lease, tally(&row, LedgerKind::Lease), "{row}");
        let others = [LedgerKind::Counter, LedgerKind::Naive].map(|ledger| tally(&row, ledger));
        assert!(others.iter().all(|other| other.logins == lease.logins), "{row}");
        let expected = row.traffic.rate * row.traffic.lasts.as_secs_f64();
        let spread = 4.0 * expected.sqrt();
        assert!((lease.logins as f64 - expected).abs() < spread, "{row}: {} logins", lease.logins);
        assert_eq!(
            lease.logins,
            lease.admitted + lease.rightly_refused + lease.wrongly_refused.sum(),
            "{row}"
        );
    }
}
