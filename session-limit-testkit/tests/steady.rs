//! Steady traffic of one user: what a ledger holds for nobody, and whom it refuses for that.
#![allow(missing_docs)]

use std::time::Duration;

use session_limit_core::ledger::LeaseTimes;
use session_limit_testkit::sim::LedgerKind;
use session_limit_testkit::sim::steady::{Traffic, simulate};

const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

/// Once in two seconds, from one address, with at most some three sessions live of twenty.
const SLOW: Traffic = Traffic {
    rate: 0.5,
    addresses: 1,
    session: Duration::from_secs(2),
    delay: (Duration::from_secs(5), Duration::from_secs(6)),
    limit: 20,
    failures: 1,
    lasts: TWO_HOURS,
};

#[test]
fn todays_ledger_hands_on_what_failed_logins_leave_over() {
    let tally = simulate(&SLOW, LedgerKind::Lease, LeaseTimes::default(), 1);
    assert!(tally.logins > 3_000);
    assert_eq!(tally.above_limit, 0);
    assert_eq!(tally.uncovered, 0);
    assert!(tally.wrongly_refused.unexplained() > 100, "{tally:?}");
}
