//! Why a ledger and the truth differ.

use session_limit_core::ledger::KeyPhase;
use session_limit_core::ledger::lease::Table;
use session_limit_core::login::Phase;

use super::Config;
use super::truth::{Call, Held, State};

/// Nothing known explains it: a fault of the ledger, or of the simulator.
pub(super) const UNEXPLAINED: &str = "unexplained";

/// What a slot is taken for that nobody holds.
pub(super) const END_LOST: &str = "end lost";
pub(super) const LOG_DELAY: &str = "log delay";
pub(super) const FAILED_LOGIN: &str = "failed login";
pub(super) const STRANGER: &str = "stranger's probe";
pub(super) const HANDED_ON: &str = "left over by a reordered login";
pub(super) const STORE_FAILURE: &str = "store failure";
pub(super) const STORE_LOST: &str = "store lost its memory";
pub(super) const COUNTER_TOO_HIGH: &str = "counter too high";

/// Why a login was admitted although the limit was reached: of those who hold a session, some did
/// not count, and this is why.
pub(super) fn of_over_admission(
    config: &Config,
    held: &Held,
    calls: &[Call],
    admitted: usize,
    table: Option<&Table>,
    now: u64,
) -> &'static str {
    let Some(table) = table else { return of_low_counter(held, &calls[admitted], now) };
    let mut causes: Vec<_> = held
        .calls
        .iter()
        .filter(|call| **call != admitted)
        .filter_map(|call| {
            uncounted(config, held, &calls[*call], *call, &calls[admitted], table, now)
        })
        .collect();
    causes.sort_unstable();
    let excess = held.count().saturating_sub(calls[admitted].limit) as usize;
    if causes.len() < excess { UNEXPLAINED } else { causes.first().copied().unwrap_or(UNEXPLAINED) }
}

/// Why a session, or a login that will become one, did not count against another login.
fn uncounted(
    config: &Config,
    held: &Held,
    call: &Call,
    number: usize,
    other: &Call,
    table: &Table,
    now: u64,
) -> Option<&'static str> {
    if has_session(table, number) {
        return None;
    }
    if call.record_lost || held.lost.is_some_and(|lost| lost >= call.asked) {
        return Some(STORE_LOST);
    }
    let ttl =
        |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if call.start_handled {
        let silence = now.saturating_sub(call.heard);
        return (silence >= ttl(config.times.session_ttl()))
            .then_some("session silent for too long");
    }
    if call.looked {
        return Some("key login not counted before its start is known");
    }
    if now + 2 * ttl(config.times.skew()) >= call.asked + ttl(config.times.reservation_ttl()) {
        return Some("start lost or too late");
    }
    let counts_for_own_address = config.key_phase != KeyPhase::Strict && call.phase == Phase::Key;
    (counts_for_own_address && call.address != other.address)
        .then_some("key login from another address")
}

/// A counter knows nothing of its sessions, so the history has to tell.
fn of_low_counter(held: &Held, admitted: &Call, now: u64) -> &'static str {
    let day = 24 * 3_600_000;
    if held.double_ends > 0 {
        "end counted twice"
    } else if held.lost.is_some_and(|lost| now - lost < 4 * day) {
        STORE_LOST
    } else if admitted.asked < now {
        "race, expiry, or a counter shared by two servers"
    } else {
        UNEXPLAINED
    }
}

/// Whom each lease of `table` is for, if for nobody any more: why it is still there.
pub(super) fn of_leases(
    table: &Table,
    held: &Held,
    calls: &[Call],
    is_stranger: impl Fn(&Call) -> bool,
) -> Vec<&'static str> {
    let sessions = table.sessions().iter().filter_map(|session| {
        let call = calls.get(number_of(session.id.as_str()))?;
        match call.state {
            State::Ended if call.end_lost => Some(END_LOST),
            State::Ended if call.record_lost => Some(STORE_LOST),
            // A duplicate of its start found no trace of its end.
            State::Ended if held.lost.is_some_and(|lost| lost >= call.asked) => Some(STORE_LOST),
            State::Ended if !call.end_handled => Some(LOG_DELAY),
            State::Ended => Some(UNEXPLAINED),
            _ => None,
        }
    });
    let reservations = table.reservations().iter().filter_map(|reservation| {
        let number = number_of(reservation.token.as_str());
        let call = calls.get(number)?;
        // Its start may have been handled by a handler that crashed before anybody learned.
        let has_session = call.start_handled || has_session(table, number);
        match call.state {
            State::Failed if is_stranger(call) => Some(STRANGER),
            State::Failed | State::Asked => Some(FAILED_LOGIN),
            State::Live | State::Ended if has_session => Some(HANDED_ON),
            State::Ended => Some(LOG_DELAY),
            _ => None,
        }
    });
    sessions.chain(reservations).collect()
}

fn has_session(table: &Table, number: usize) -> bool {
    table.sessions().iter().any(|session| number_of(session.id.as_str()) == number)
}

/// The number in a session id or a token of this simulator.
pub(super) fn number_of(name: &str) -> usize {
    usize::from_str_radix(name, 16).unwrap_or(usize::MAX)
}
