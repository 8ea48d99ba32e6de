//! The slots that a world counts for its users, and those among them that are taken for nobody.

use session_limit_core::ledger::{KeyPhase, LeaseTimes};
use session_limit_core::login::Phase;
use session_limit_core::time::Timestamp;

use super::causes;
use super::lease::{Kind, Lease, of_table};
use super::time::{MINUTE, millis};
use super::truth::{Call, State};
use super::world::World;

/// The time within which the lease of an ended session is gone, once a handler has seen the end.
/// Another handler may have crashed after it took the session for live, and is tried again.
const SETTLED: u64 = 10 * MINUTE;

/// A slot that is taken for nobody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Idle {
    pub(super) call: usize,
    pub(super) cause: &'static str,
    pub(super) since: u64,
    /// The time by which the lease ledger promises that it is free again.
    pub(super) until: u64,
}

impl World {
    /// The slots that are counted for this user, by a host whose clock is behind.
    pub(super) fn leases(&self, user: usize) -> Vec<Lease> {
        self.leases_at(user, self.slow_clock())
    }

    /// The slots that are counted for this user, by a host whose clock shows `now`.
    pub(super) fn leases_at(&self, user: usize, now: Timestamp) -> Vec<Lease> {
        match self.table_at(user, now) {
            Some(table) => of_table(&table),
            None => self.units.of(self.units.key(user)),
        }
    }

    /// The `leases` that are taken for nobody.
    pub(super) fn idle(&self, leases: &[Lease]) -> Vec<Idle> {
        leases.iter().filter_map(|lease| self.idle_of(*lease, leases)).collect()
    }

    fn idle_of(&self, lease: Lease, leases: &[Lease]) -> Option<Idle> {
        let number = lease.call;
        let call = &self.calls[number];
        let (cause, since, until) = match (lease.kind, call.state) {
            (Kind::Unit, state) if state.holds() => return None,
            (Kind::Unit, State::Ended) if call.end_handled.is_some() => {
                (causes::NOT_TAKEN, call.ended, self.session_is_gone(call))
            }
            (Kind::Session | Kind::Unit, State::Ended) => {
                (self.why_not_ended(call), call.ended, self.session_is_gone(call))
            }
            (Kind::Session, State::Connecting | State::Live) => return None,
            (Kind::Session, _) => (causes::UNEXPLAINED, call.asked, call.asked),
            (_, State::Connecting | State::Live | State::Ended) => {
                let session = Lease { call: number, kind: Kind::Session };
                // Its start may have been handled by a handler that crashed before anybody learned.
                let has_session = call.start_handled || leases.contains(&session);
                let cause = match call.state {
                    _ if has_session => causes::HANDED_ON,
                    State::Ended => causes::LOG_DELAY,
                    _ => return None,
                };
                (cause, call.asked, self.reservation_is_gone(call))
            }
            (_, State::Asked) => (causes::UNANSWERED, call.asked, self.reservation_is_gone(call)),
            (_, State::Failed) => {
                let is_stranger = self.attempts[call.attempt].is_stranger;
                let cause = if is_stranger { causes::STRANGER } else { causes::FAILED_LOGIN };
                (cause, call.asked, self.reservation_is_gone(call))
            }
        };
        Some(Idle { call: number, cause, since, until })
    }

    fn why_not_ended(&self, call: &Call) -> &'static str {
        // A duplicate of its start may find no trace of its end.
        let forgotten = self.held[call.user].lost.is_some_and(|lost| lost >= call.asked);
        match call.end_handled {
            _ if call.end_lost => causes::END_LOST,
            _ if call.record_lost || forgotten => causes::STORE_LOST,
            None => causes::LOG_DELAY,
            Some(_) => causes::UNEXPLAINED,
        }
    }

    fn reservation_is_gone(&self, call: &Call) -> u64 {
        let times = self.config.times;
        call.asked + millis(times.reservation_ttl()) + millis(times.skew())
    }

    fn session_is_gone(&self, call: &Call) -> u64 {
        let times = self.config.times;
        let expired =
            call.told.max(call.asked) + millis(times.session_ttl()) + millis(times.skew());
        let knows_its_user = !call.record_lost && self.held[call.user].lost.is_none();
        let handled = call.end_handled.filter(|_| knows_its_user);
        handled.map_or(expired, |handled| expired.min(handled + SETTLED))
    }

    /// Returns true if a lease counts against a login of `other`.
    pub(super) fn counts_against(&self, lease: Lease, other: &Call) -> bool {
        let call = &self.calls[lease.call];
        lease.kind != Kind::Reservation
            || self.config.key_phase == KeyPhase::Strict
            || call.phase == Phase::Password
            || call.address == other.address
    }
}

/// The longest silence of a session that is not taken for ended. A sign of life that comes sooner
/// than a quarter of SESSION_TTL after the last renewal renews nothing.
pub(super) fn longest_silence(times: &LeaseTimes) -> u64 {
    millis(times.session_ttl()) / 4 * 3
}
