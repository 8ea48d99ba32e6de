//! L1 under steady traffic: the number of slots that the lease ledger may hold for nobody.

use crate::sim::time::millis;
use std::collections::VecDeque;

use session_limit_core::ledger::LeaseTimes;

/// The largest number of slots that may be held for nobody, besides the slots of sessions that have
/// ended and of which a message is still under way.
///
/// A slot for nobody goes back to a failed login. A session takes the oldest reservation that may
/// be its own. So the reservation of a failed login is taken by another login's session, whose own
/// reservation is left instead. In this way the slot is handed on from login to login. An open
/// reservation is never older than RESERVATION_TTL. Call *then* the time one RESERVATION_TTL ago.
/// There are two kinds of slots:
///
/// - The login failed after *then*: one slot each, at the most.
/// - The login failed before *then*. What it left over was handed on across *then*: the session of
///   a login after *then* took a reservation from before *then*. A session takes none older than
///   LOGIN_TIME + skew. So there are at most as many as logins came from that address within
///   LOGIN_TIME + 2 skew before *then*. And there are never more than logins have failed there
///   before *then*.
///
/// The bound is the sum of both, over all addresses. It looks at the logins before *then*, not at
/// the latest. When traffic pauses, slots are no longer handed on, and the last one stays for
/// RESERVATION_TTL.
///
/// With no failed login the bound is zero, whatever the order of the messages. A ledger that
/// matches starts in the order in which it is told of them exceeds it. A start that comes late then
/// finds its reservation taken, and leaves one over although nothing has failed.
pub(super) struct Bound {
    ttl: u64,
    reach: u64,
    addresses: Vec<Address>,
}

/// The logins from one address.
#[derive(Clone, Default)]
struct Address {
    /// The times at which logins were admitted: within the reach before *then*, and since.
    admitted: VecDeque<u64>,
    /// The times at which logins were admitted that have failed since *then*.
    failed: VecDeque<u64>,
    failed_before: usize,
}

impl Bound {
    pub(super) fn new(times: &LeaseTimes, addresses: u8) -> Self {
        Self {
            ttl: millis(times.reservation_ttl()),
            reach: millis(times.login_time()) + 2 * millis(times.skew()),
            addresses: vec![Address::default(); usize::from(addresses)],
        }
    }

    pub(super) fn admitted(&mut self, address: u8, fails: bool, now: u64) {
        let address = &mut self.addresses[usize::from(address)];
        address.admitted.push_back(now);
        if fails {
            address.failed.push_back(now);
        }
    }

    /// Returns the bound, and how many of it are failed logins of the last RESERVATION_TTL.
    pub(super) fn at(&mut self, now: u64) -> (u32, u32) {
        let then = now - self.ttl;
        let (mut bound, mut failed) = (0, 0);
        for address in &mut self.addresses {
            failed += address.failed_since(then);
            bound += address.failed.len() + address.handed_on(then, self.reach);
        }
        (count(bound), count(failed))
    }
}

impl Address {
    fn failed_since(&mut self, then: u64) -> usize {
        while self.failed.pop_front_if(|at| *at <= then).is_some() {
            self.failed_before += 1;
        }
        self.failed.len()
    }

    fn handed_on(&mut self, then: u64, reach: u64) -> usize {
        while self.admitted.pop_front_if(|at| *at + reach < then).is_some() {}
        self.admitted.partition_point(|at| *at <= then).min(self.failed_before)
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TTL: u64 = 300_000;
    const START: u64 = 1_000_000;

    /// A bound with LOGIN_TIME 15 s and skew 2 s.
    fn bound(addresses: u8) -> Bound {
        let s = Duration::from_secs;
        Bound::new(&LeaseTimes::default().with_login_time(s(15)).with_skew(s(2)), addresses)
    }

    #[test]
    fn a_failed_login_may_hold_its_slot_until_the_reservation_expires() {
        let mut bound = bound(1);
        bound.admitted(0, true, START);
        assert_eq!(bound.at(START + TTL - 1), (1, 1));
        // From then on it is held only if it was handed on.
        assert_eq!(bound.at(START + TTL), (1, 0));
        assert_eq!(bound.at(START + TTL + 19_001), (0, 0));
    }

    #[test]
    fn no_more_is_handed_on_than_logins_came() {
        let mut bound = bound(1);
        for second in 0..10 {
            bound.admitted(0, true, START + second * 1_000);
        }
        bound.admitted(0, false, START + 60_000);
        assert_eq!(bound.at(START + 60_000 + TTL), (1, 0));
    }

    #[test]
    fn nothing_is_handed_on_where_nothing_failed() {
        let mut bound = bound(2);
        bound.admitted(0, true, START);
        for second in 0..100 {
            bound.admitted(1, false, START + second * 1_000);
        }
        assert_eq!(bound.at(START + 50_000 + TTL), (0, 0));
    }
}
