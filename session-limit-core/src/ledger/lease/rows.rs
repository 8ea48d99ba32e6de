//! The form in which an entry of a table is written. Its id stands in one text with those of the
//! others, and the rest of it in a row. The rows have one width, so nothing in them has to be
//! searched for.

use super::entry::{Reservation, Session, Tombstone};
use crate::address::Address;
use crate::ledger::ReservationClass;
use crate::login::Phase;
use crate::names::{Id, LONGEST_ID};
use crate::time::Timestamp;

/// The bytes of a row, numbers little-endian:
///
/// - the length of the id;
/// - two flags in the lowest bits, and above them the address's version of IP, or 0;
/// - the time at which the entry began, the time at which it goes, and the bits of the address.
pub(super) type RowBytes = [u8; 2 + 3 * size_of::<u64>()];

/// The most bytes of a lease or a tombstone.
pub(super) const LONGEST_ENTRY: usize = size_of::<RowBytes>() + LONGEST_ID;

/// All of an entry but its id.
pub(super) struct Row {
    /// True if a reservation is for a login by key, or if a session or tombstone has consumed.
    flag: bool,
    /// True if a reservation belongs to starts from any address.
    any_address: bool,
    began: Timestamp,
    pub(super) goes: Timestamp,
    address: Option<Address>,
}

/// A lease or a tombstone.
pub(super) trait Entry: Sized {
    fn id(&self) -> &str;
    fn row(&self) -> Row;
    /// True if an entry of this kind can have such a row.
    fn can_have(row: &Row) -> bool;
    /// The entry of a row that it can have.
    fn of(id: Id, row: Row) -> Self;
}

pub(super) fn row_of<T: Entry>(entry: &T) -> RowBytes {
    entry.row().to_bytes(entry.id().len())
}

/// The length of the id of the entry of a row.
pub(super) fn id_len([len, ..]: &RowBytes) -> usize {
    (*len).into()
}

/// The time at which the entry of a row goes.
pub(super) fn goes(row: &RowBytes) -> Timestamp {
    let [_, goes, _] = numbers(row);
    Timestamp::from_millis(goes)
}

fn numbers([_, _, bytes @ ..]: &RowBytes) -> [u64; 3] {
    let mut numbers = [0; 3];
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = u64::from_le_bytes(*bytes);
    }
    numbers
}

impl Row {
    pub(super) fn to_bytes(&self, id_len: usize) -> RowBytes {
        let (version, address) = self.address.map_or((0, 0), Address::to_bits);
        let [began, goes] = [self.began, self.goes].map(Timestamp::as_millis);
        let mut row = RowBytes::default();
        let [len, kind, bytes @ ..] = &mut row;
        // An id so long that this would not hold its length cannot be.
        *len = u8::try_from(id_len).unwrap_or(u8::MAX);
        let flags = u8::from(self.flag) | u8::from(self.any_address) << 1;
        *kind = version << 2 | flags;
        for (bytes, number) in bytes.as_chunks_mut().0.iter_mut().zip([began, goes, address]) {
            *bytes = number.to_le_bytes();
        }
        row
    }

    pub(super) fn from_bytes(row: &RowBytes) -> Option<Self> {
        let ([_, kind, ..], [began, goes, address]) = (row, numbers(row));
        let address = match (kind >> 2, address) {
            (0, 0) => None,
            (version, address) => Some(Address::from_bits(version, address)?),
        };
        let [began, goes] = [began, goes].map(Timestamp::from_millis);
        Some(Self { flag: kind & 1 == 1, any_address: kind & 2 == 2, began, goes, address })
    }
}

impl Entry for Reservation {
    fn id(&self) -> &str {
        self.token.as_str()
    }

    fn row(&self) -> Row {
        Row {
            flag: self.phase == Phase::Key,
            any_address: self.by == ReservationClass::User,
            began: self.created,
            goes: self.expires,
            address: self.source,
        }
    }

    fn can_have(_: &Row) -> bool {
        true
    }

    fn of(id: Id, row: Row) -> Self {
        let Row { flag, any_address, began: created, goes: expires, address: source } = row;
        let phase = if flag { Phase::Key } else { Phase::Password };
        let by = if any_address { ReservationClass::User } else { ReservationClass::Address };
        Self { token: id.into(), phase, source, by, created, expires }
    }
}

impl Entry for Session {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn row(&self) -> Row {
        let Self { consumed: flag, since: began, expires: goes, source: address, .. } = *self;
        Row { flag, any_address: false, began, goes, address }
    }

    fn can_have(row: &Row) -> bool {
        !row.any_address
    }

    fn of(id: Id, Row { flag, began: since, goes: expires, address, .. }: Row) -> Self {
        Self { id: id.into(), consumed: flag, since, expires, source: address }
    }
}

impl Entry for Tombstone {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn row(&self) -> Row {
        let (flag, began, goes) = (self.consumed, self.ended, self.until);
        Row { flag, any_address: false, began, goes, address: None }
    }

    fn can_have(row: &Row) -> bool {
        row.address.is_none() && !row.any_address
    }

    fn of(id: Id, Row { flag, began: ended, goes: until, .. }: Row) -> Self {
        Self { id: id.into(), consumed: flag, ended, until }
    }
}
