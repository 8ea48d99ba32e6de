//! The format of a table in an item of the store.
//!
//! Every change of a table reads and writes all of its leases, so that each has to cost little. The ids
//! of all stand one behind the other in one text, which is checked as a whole; the rows of each kind
//! stand one behind the other, too.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::capacity::LONGEST_HEADER;
use super::entries::Entries;
use super::pairs::Pairs;
use super::table::Table;
use crate::ledger::codec::{self, DecodeError};
use crate::limit::SessionLimit;
use crate::names::Ids;
use crate::time::Timestamp;

impl Table {
    /// The bytes of an item that holds the table and ends at `end`, by the clock of whoever writes it.
    /// They are within `max_len` if dropping pairs and then tombstones can make it so.
    pub(super) fn encode_within(&mut self, end: Timestamp, max_len: usize) -> Vec<u8> {
        loop {
            let bytes = codec::encode(&(end, &*self), most_bytes(self));
            if bytes.len() <= max_len {
                return bytes;
            }
            // Dropped pairs do not raise the floor: that would refuse twice as many.
            match (self.pairs.is_empty(), self.tombstones.is_empty()) {
                (false, _) => self.pairs.drop_oldest(),
                (true, false) => self.bury(self.tombstones.len() / 2),
                (true, true) => return bytes,
            }
        }
    }
}

/// The table in the bytes of an item, and the time at which the item ends by the clock of the host
/// that wrote it.
pub(super) fn decode(bytes: &[u8]) -> Result<(Timestamp, Table), DecodeError> {
    codec::decode(bytes)
}

/// A table as postcard writes it.
#[derive(Serialize, Deserialize)]
struct Layout<'a> {
    limit: Option<SessionLimit>,
    floor: Timestamp,
    #[serde(serialize_with = "as_bytes")]
    reservations: &'a [u8],
    #[serde(serialize_with = "as_bytes")]
    sessions: &'a [u8],
    #[serde(serialize_with = "as_bytes")]
    tombstones: &'a [u8],
    #[serde(serialize_with = "as_bytes")]
    pairs: &'a [u8],
    /// The ids of all rows, in their order.
    ids: &'a str,
}

/// Writes a slice as bytes. Without this, serde takes it for a sequence and writes its bytes one by
/// one.
fn as_bytes<S: Serializer>(rows: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(rows)
}

/// At least as many bytes as `table` takes, and hardly more.
pub(super) fn most_bytes(table: &Table) -> usize {
    let Table { reservations, sessions, tombstones, pairs, .. } = table;
    let entries = [reservations.bytes(), sessions.bytes(), tombstones.bytes()];
    entries.into_iter().chain([pairs.bytes().len()]).fold(LONGEST_HEADER, usize::saturating_add)
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { limit, floor, reservations, sessions, tombstones, pairs } = self;
        let layout = Layout {
            limit: *limit,
            floor: *floor,
            reservations: reservations.rows().as_flattened(),
            sessions: sessions.rows().as_flattened(),
            tombstones: tombstones.rows().as_flattened(),
            pairs: pairs.bytes(),
            ids: &[reservations.ids(), sessions.ids(), tombstones.ids()].concat(),
        };
        layout.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Layout::deserialize(deserializer)?.read();
        table.ok_or_else(|| D::Error::custom("rows and ids that are no table"))
    }
}

impl Layout<'_> {
    /// Reads the table. `None` unless a table is written just like that.
    fn read(&self) -> Option<Table> {
        let mut ids = Ids::of(self.ids)?;
        let table = Table {
            limit: self.limit,
            floor: self.floor,
            reservations: Entries::read(self.reservations, &mut ids)?,
            sessions: Entries::read(self.sessions, &mut ids)?,
            tombstones: Entries::read(self.tombstones, &mut ids)?,
            pairs: Pairs::read(self.pairs)?,
        };
        ids.is_empty().then_some(table)
    }
}

#[cfg(test)]
mod tests;
