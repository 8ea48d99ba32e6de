//! The room in a table, and so the limits that a store can keep.

use super::rows::LONGEST_ENTRY;
use crate::limit::SessionLimit;

/// The most bytes of a table beside its entries and pairs. Five stand in front of the value, and
/// one says whether there is a limit. Eight numbers take up to ten bytes each, as postcard writes
/// them. They are the limit, the end, the floor, and the lengths of the rows of each kind, of the
/// pairs and of the ids.
pub(super) const LONGEST_HEADER: usize = 86;

/// The share of tombstones: one in so many entries of a full table. Sessions end as often as they
/// start, and a tombstone that is dropped early costs a slot for a while.
const TOMBSTONE_SHARE: usize = 4;

/// The number of key reservations that are always allowed for, whatever the limit.
const LEAST_KEY_RESERVATIONS: usize = 32;
/// The number of key reservations that are allowed where the limit is lower and the store has room.
const USUAL_KEY_RESERVATIONS: usize = 64;

/// The number of leases and tombstones that fit a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    leases: usize,
    tombstones: usize,
}

impl Capacity {
    /// The capacity of a table in a store whose values have up to `max_value_len` bytes.
    #[must_use]
    pub fn of(max_value_len: usize) -> Self {
        let entries = max_value_len.saturating_sub(LONGEST_HEADER) / LONGEST_ENTRY;
        let tombstones = entries / TOMBSTONE_SHARE;
        Self { leases: entries.saturating_sub(tombstones), tombstones }
    }

    #[cfg(test)]
    pub(super) fn with_leases(leases: usize) -> Self {
        Self { leases, tombstones: 2 }
    }

    /// The most leases of any kind.
    pub(super) fn leases(self) -> usize {
        self.leases
    }

    /// The most tombstones.
    pub(super) fn tombstones(self) -> usize {
        self.tombstones
    }

    /// The largest limit whose full table fits.
    #[must_use]
    pub fn largest_limit(self) -> SessionLimit {
        let most = self.leases.saturating_sub(LEAST_KEY_RESERVATIONS);
        SessionLimit::new(u32::try_from(most).unwrap_or(u32::MAX))
    }

    /// The most key reservations beside a full table of `limit`. At least as many as the limit
    /// where there is room, so that a burst of key logins from one address is limited exactly.
    pub(super) fn key_reservations(self, limit: SessionLimit) -> usize {
        let limit = usize::try_from(limit.get()).unwrap_or(usize::MAX);
        limit.max(USUAL_KEY_RESERVATIONS).min(self.leases.saturating_sub(limit))
    }
}

#[cfg(test)]
mod tests {
    use std::iter::repeat_n;

    use super::*;
    use crate::address::Address;
    use crate::ledger::ReservationClass;
    use crate::ledger::lease::pairs::Pairs;
    use crate::ledger::lease::{Reservation, Session, Table, Tombstone};
    use crate::login::Phase;
    use crate::names::{LONGEST_ID, SessionId, Token};
    use crate::time::Timestamp;

    #[test]
    fn a_full_table_fits() {
        let time = Timestamp::from_millis(u64::MAX);
        let address = Some(Address::of("2001:db8:ffff:ffff::1".parse().unwrap()));
        let id = SessionId::new(&"f".repeat(LONGEST_ID)).unwrap();
        let token = Token::new(&"0".repeat(LONGEST_ID)).unwrap();
        for max_len in [16_384, 65_536, 1_048_576] {
            let capacity = Capacity::of(max_len);
            let limit = capacity.largest_limit();
            let session = Session {
                id: id.clone(),
                consumed: true,
                since: time,
                expires: time,
                source: address,
            };
            let reservation = Reservation {
                token: token.clone(),
                phase: Phase::Key,
                source: address,
                by: ReservationClass::Address,
                created: time,
                expires: time,
            };
            let tombstone = Tombstone { id: id.clone(), consumed: true, ended: time, until: time };
            let mut table = Table {
                limit: Some(limit),
                floor: time,
                sessions: repeat_n(session, limit.get() as usize).collect(),
                reservations: repeat_n(reservation, capacity.key_reservations(limit)).collect(),
                tombstones: repeat_n(tombstone, capacity.tombstones()).collect(),
                pairs: Pairs::default(), // are dropped first
            };
            assert!(table.encode_within(time, max_len).len() <= max_len);
        }
    }

    #[test]
    fn the_default_limit_fits_16_kilobytes() {
        assert!(Capacity::of(16_384).largest_limit() >= SessionLimit::DEFAULT);
    }
}
