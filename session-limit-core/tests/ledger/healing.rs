//! L1 under steady traffic: the number of slots for nobody, whatever the order of the log.

use std::time::Duration;

use proptest::prelude::*;
use session_limit_core::ledger::{KeyPhase, LeaseTimes};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected};

const RESERVATION_TTL: Duration = LeaseTimes::DEFAULT_RESERVATION_TTL;
/// The time within which a reservation that a failed login leaves over is handed on.
const CLOSELY: Duration =
    LeaseTimes::DEFAULT_LOGIN_TIME.saturating_add(LeaseTimes::DEFAULT_SKEW.saturating_mul(2));

/// A login of a user who logs in all the time.
#[derive(Clone, Copy, Debug)]
struct Login {
    asked: Timestamp,
    /// `None`: it fails.
    started: Option<Timestamp>,
    /// The time at which its start is handled.
    seen: Timestamp,
}

/// A login some time after the one before, within LOGIN_TIME, and with its log within minutes.
fn login(failing: u32) -> impl Strategy<Value = (u64, Option<u64>, u64)> {
    let takes = prop_oneof![20 => (300_u64..=15_000).prop_map(Some), failing => Just(None)];
    (100_u64..4_000, takes, 0_u64..250_000)
}

/// Logins that follow each other. For each 20 that start, `failing` fail.
fn logins(failing: u32) -> impl Strategy<Value = Vec<Login>> {
    prop::collection::vec(login(failing), 1..400).prop_map(|logins| {
        let mut asked = START;
        let add = |(pause, takes, delay): (u64, Option<u64>, u64)| {
            asked = asked.after(Duration::from_millis(pause));
            let started = takes.map(|takes| asked.after(Duration::from_millis(takes)));
            let seen = started.unwrap_or(asked).after(Duration::from_millis(delay));
            Login { asked, started, seen }
        };
        logins.into_iter().map(add).collect()
    })
}

/// Lets everything happen in the order of time. Tells `check` after each step how many reservations
/// there are, and for how many logins.
fn run(logins: &[Login], mut check: impl FnMut(Timestamp, usize, usize)) {
    let mut desk = Desk::new(KeyPhase::Strict, AuthenticationMethods::Password);
    let asked = logins.iter().enumerate().map(|(number, login)| (login.asked, false, number));
    let seen = logins.iter().enumerate().filter(|(_, login)| login.started.is_some());
    let seen = seen.map(|(number, login)| (login.seen, true, number));
    let mut steps: Vec<_> = asked.chain(seen).collect();
    steps.sort_unstable();
    let mut waiting = 0;
    for (now, is_start, number) in steps {
        match logins[number].started.filter(|_| is_start) {
            Some(at) => {
                desk.observe(&format!("session-{number}"), connected(false, HOME), at, now);
                waiting -= 1;
            }
            None => {
                assert!(desk.admit(Phase::Password, HOME, 10_000, now));
                waiting += usize::from(logins[number].started.is_some());
            }
        }
        check(now, desk.table(now).reservations().len(), waiting);
    }
}

/// The most logins that followed each other closely, of those that asked since.
fn most_at_once(logins: &[Login], since: Timestamp, now: Timestamp) -> usize {
    let lately = |login: &&Login| login.asked > since && login.asked <= now;
    let at_once = logins.iter().filter(lately).map(|first| {
        let until = first.asked.after(CLOSELY).min(now);
        logins.iter().filter(|l| (first.asked..=until).contains(&l.asked)).count()
    });
    at_once.max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_log_in_any_order_leaves_no_slot_over(logins in logins(0)) {
        run(&logins, |_, reserved, waiting| assert_eq!(reserved, waiting));
    }

    #[test]
    fn slots_for_nobody_are_of_logins_that_failed_lately_or_follow_each_other_closely(
        logins in logins(1),
    ) {
        run(&logins, |now, reserved, waiting| {
            assert!(reserved >= waiting, "S1: {waiting} logins, {reserved} reservations");
            let since = now.before(RESERVATION_TTL);
            let has_failed = |login: &&Login| {
                login.started.is_none() && login.asked > since && login.asked <= now
            };
            let failed = logins.iter().filter(has_failed).count();
            let bound = failed + most_at_once(&logins, since, now);
            assert!(reserved - waiting <= bound, "L1: {} over, not {bound}", reserved - waiting);
        });
    }
}
