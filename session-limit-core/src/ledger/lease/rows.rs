//! How a table is written.
//!
//! Every change of a table reads and writes all of its leases, so that each has to cost little. Their
//! ids stand one behind the other in one text, which is checked as a whole. What else there is of each
//! lies in a row, and the rows are of one width, so that nothing in them has to be looked for.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::{Class, Reservation, Session, Table, Tombstone};
use crate::address::Address;
use crate::limit::SessionLimit;
use crate::names::{Id, Ids, LONGEST_ID};
use crate::time::Timestamp;

/// A row: the length of the id; the address's version of IP, or 0, and a flag in the lowest bit; two
/// times and the bits of the address, little-endian.
type RowBytes = [u8; 2 + 3 * size_of::<u64>()];

/// The most bytes of a lease or a tombstone.
pub(super) const LONGEST_ENTRY: usize = size_of::<RowBytes>() + LONGEST_ID;

/// The most bytes of everything else: five in front of the value, one that says whether there is a
/// limit, and six numbers of up to ten as postcard writes them: the limit, the floor, and the lengths of
/// the rows of each kind and of the ids.
pub(super) const LONGEST_HEADER: usize = 66;

/// A table as postcard writes it.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    limit: Option<SessionLimit>,
    floor: Timestamp,
    #[serde(serialize_with = "as_bytes")]
    reservations: &'a [u8],
    #[serde(serialize_with = "as_bytes")]
    sessions: &'a [u8],
    #[serde(serialize_with = "as_bytes")]
    tombstones: &'a [u8],
    /// Those of all rows, in their order.
    ids: &'a str,
}

/// Unless it is said, serde takes a slice for a sequence and writes its bytes one by one.
fn as_bytes<S: Serializer>(rows: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(rows)
}

/// The most bytes of `table`.
pub(super) fn longest(table: &Table) -> usize {
    entries(table).saturating_mul(LONGEST_ENTRY).saturating_add(LONGEST_HEADER)
}

fn entries(table: &Table) -> usize {
    let Table { reservations, sessions, tombstones, .. } = table;
    reservations.len().saturating_add(sessions.len()).saturating_add(tombstones.len())
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ids = String::with_capacity(entries(self).saturating_mul(LONGEST_ID));
        let reservations = write(&self.reservations, &mut ids);
        let sessions = write(&self.sessions, &mut ids);
        let tombstones = write(&self.tombstones, &mut ids);
        let written = Written {
            limit: self.limit,
            floor: self.floor,
            reservations: reservations.as_flattened(),
            sessions: sessions.as_flattened(),
            tombstones: tombstones.as_flattened(),
            ids: &ids,
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Written::deserialize(deserializer)?.read();
        table.ok_or_else(|| D::Error::custom("rows and ids that are no table"))
    }
}

impl Written<'_> {
    /// `None` unless a table is written just like that.
    fn read(&self) -> Option<Table> {
        let mut ids = Ids::of(self.ids)?;
        let table = Table {
            limit: self.limit,
            floor: self.floor,
            reservations: read(self.reservations, &mut ids)?,
            sessions: read(self.sessions, &mut ids)?,
            tombstones: read(self.tombstones, &mut ids)?,
        };
        ids.is_empty().then_some(table)
    }
}

fn write<T: Entry>(entries: &[T], ids: &mut String) -> Vec<RowBytes> {
    let write = |entry: &T| {
        ids.push_str(entry.id());
        entry.row().to_bytes(entry.id().len())
    };
    entries.iter().map(write).collect()
}

fn read<T: Entry>(rows: &[u8], ids: &mut Ids<'_>) -> Option<Vec<T>> {
    let (rows, []) = rows.as_chunks() else { return None };
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let (id_len, row) = Row::from_bytes(row)?;
        entries.push(T::of(ids.next(id_len)?, row)?);
    }
    Some(entries)
}

/// What there is of an entry beside its id.
struct Row {
    /// Whether a reservation is for a login by key, and whether a session has consumed.
    flag: bool,
    times: [Timestamp; 2],
    address: Option<Address>,
}

impl Row {
    fn to_bytes(&self, id_len: usize) -> RowBytes {
        let (version, address) = self.address.map_or((0, 0), Address::to_bits);
        let [first, second] = self.times.map(Timestamp::as_millis);
        let mut row = RowBytes::default();
        let [len, kind, numbers @ ..] = &mut row;
        // An id so long that this would not hold its length cannot be.
        *len = u8::try_from(id_len).unwrap_or(u8::MAX);
        *kind = (version << 1).saturating_add(self.flag.into());
        for (to, number) in numbers.as_chunks_mut().0.iter_mut().zip([first, second, address]) {
            *to = number.to_le_bytes();
        }
        row
    }

    fn from_bytes([id_len, kind, numbers @ ..]: &RowBytes) -> Option<(u8, Self)> {
        let ([first, second, address], []) = numbers.as_chunks() else { return None };
        let [first, second, address] = [first, second, address].map(|n| u64::from_le_bytes(*n));
        let address = match (kind >> 1, address) {
            (0, 0) => None,
            (version, address) => Some(Address::from_bits(version, address)?),
        };
        let times = [first, second].map(Timestamp::from_millis);
        Some((*id_len, Self { flag: kind & 1 == 1, times, address }))
    }
}

/// A lease or a tombstone.
trait Entry: Sized {
    fn id(&self) -> &str;
    fn row(&self) -> Row;
    /// `None` if no entry of this kind has such a row.
    fn of(id: Id, row: Row) -> Option<Self>;
}

impl Entry for Reservation {
    fn id(&self) -> &str {
        self.token.as_str()
    }

    fn row(&self) -> Row {
        let (flag, address) = match self.class {
            Class::Password => (false, None),
            Class::Key(address) => (true, address),
        };
        Row { flag, times: [self.created, self.expires], address }
    }

    fn of(id: Id, Row { flag, times: [created, expires], address }: Row) -> Option<Self> {
        let class = match (flag, address) {
            (false, None) => Class::Password,
            (true, address) => Class::Key(address),
            (false, Some(_)) => return None,
        };
        Some(Self { token: id.into(), class, created, expires })
    }
}

impl Entry for Session {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn row(&self) -> Row {
        Row { flag: self.consumed, times: [self.since, self.expires], address: self.source }
    }

    fn of(id: Id, Row { flag, times: [since, expires], address }: Row) -> Option<Self> {
        Some(Self { id: id.into(), consumed: flag, since, expires, source: address })
    }
}

impl Entry for Tombstone {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn row(&self) -> Row {
        Row { flag: self.consumed, times: [self.ended, self.until], address: None }
    }

    fn of(id: Id, Row { flag, times: [ended, until], address }: Row) -> Option<Self> {
        address.is_none().then(|| Self { id: id.into(), consumed: flag, ended, until })
    }
}

#[cfg(test)]
mod tests;
