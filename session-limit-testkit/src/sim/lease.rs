//! A slot that a ledger counts, for one call.

use session_limit_core::ledger::lease::Table;
use session_limit_core::time::Timestamp;

/// A slot that a ledger counts, for the call that took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) call: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Reservation,
    Session,
    /// One unit of a counter's number.
    Unit,
}

/// The leases in a table.
pub(super) fn of_table(table: &Table) -> Vec<Lease> {
    of_table_at(table, Timestamp::EPOCH)
}

/// The leases in a table that have not expired at `now`.
pub(super) fn of_table_at(table: &Table, now: Timestamp) -> Vec<Lease> {
    let lease = |name: &str, kind| Lease { call: number_of(name), kind };
    let sessions = table.sessions().iter().filter(|session| session.expires > now);
    let reservations = table.reservations().iter().filter(|found| found.expires > now);
    let sessions = sessions.map(|session| lease(session.id.as_str(), Kind::Session));
    sessions.chain(reservations.map(|r| lease(r.token.as_str(), Kind::Reservation))).collect()
}

/// The number in a session id or a token of this simulator.
fn number_of(name: &str) -> usize {
    usize::from_str_radix(name, 16).expect("ids and tokens are numbers of calls")
}
