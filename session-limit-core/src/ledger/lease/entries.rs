//! Leases of one kind, or tombstones, that stay encoded in memory. Reading a table and writing it
//! again copies bytes. An entry is decoded only when it is read.

use std::fmt;
use std::marker::PhantomData;

use super::rows::{self, Entry, Row, RowBytes};
use crate::names::{Ids, is_id_len};
use crate::time::Timestamp;

/// Leases of one kind, or tombstones, in their order.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Entries<T> {
    rows: Vec<RowBytes>,
    /// The ids of all rows, in their order.
    ids: String,
    kind: PhantomData<T>,
}

#[expect(private_bounds, reason = "there are no other kinds of entries")]
impl<T: Entry> Entries<T> {
    /// All entries, in their order.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        let mut ids = Ids::known(&self.ids);
        self.rows.iter().filter_map(move |row| entry(row, &mut ids))
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The entry in this place.
    pub(super) fn get(&self, place: usize) -> Option<T> {
        let mut ids = Ids::known(&self.ids);
        ids.take(self.start_of_id(place))?;
        entry(self.rows.get(place)?, &mut ids)
    }

    /// The place of the entry that has this id.
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        let mut ids = Ids::known(&self.ids);
        self.rows.iter().position(|row| ids.take(rows::id_len(row)) == Some(id))
    }

    /// Adds one behind the others.
    pub(super) fn push(&mut self, entry: &T) {
        self.rows.push(rows::row_of(entry));
        self.ids.push_str(entry.id());
    }

    /// Adds one that is then in this place.
    pub(super) fn insert(&mut self, place: usize, entry: &T) {
        let place = place.min(self.len());
        self.ids.insert_str(self.start_of_id(place), entry.id());
        self.rows.insert(place, rows::row_of(entry));
    }

    /// Adds one in front of the first whose id is larger.
    pub(super) fn insert_by_id(&mut self, entry: &T) {
        let mut ids = Ids::known(&self.ids);
        let larger = |row: &RowBytes| {
            ids.take(rows::id_len(row)).is_some_and(|id| id.cmp(entry.id()).is_gt())
        };
        let place = self.rows.iter().position(larger).unwrap_or(self.len());
        self.insert(place, entry);
    }

    /// Changes the one in this place, but for its id.
    pub(super) fn update(&mut self, place: usize, entry: &T) {
        if let Some(row) = self.rows.get_mut(place) {
            *row = entry.row().to_bytes(rows::id_len(row));
        }
    }

    /// Drops the first `count`.
    pub(super) fn drop_first(&mut self, count: usize) {
        let count = count.min(self.len());
        self.ids.drain(..self.start_of_id(count));
        self.rows.drain(..count);
    }

    /// Takes out the one in this place.
    pub(super) fn remove(&mut self, place: usize) -> Option<T> {
        let removed = self.get(place)?;
        let start = self.start_of_id(place);
        self.ids.replace_range(start..start.saturating_add(removed.id().len()), "");
        self.rows.remove(place);
        Some(removed)
    }

    /// Drops those that are gone by `now`. Mostly none is, and then nothing is moved.
    pub(super) fn drop_gone(&mut self, now: Timestamp) {
        if self.rows.iter().any(|row| rows::goes(row) <= now) {
            *self = self.iter().filter(|entry| entry.row().goes > now).collect();
        }
    }

    /// Takes out those that are gone by `now`.
    pub(super) fn set_aside(&mut self, now: Timestamp) -> Self {
        let is_gone = |row: &RowBytes| rows::goes(row) <= now;
        if !self.rows.iter().any(is_gone) {
            return Self::default();
        }
        let (gone, left): (Vec<_>, Vec<_>) = self.iter().partition(|entry| entry.row().goes <= now);
        *self = left.into_iter().collect();
        gone.into_iter().collect()
    }

    /// The time at which the last one goes.
    pub(super) fn last_goes(&self) -> Option<Timestamp> {
        self.rows.iter().map(rows::goes).max()
    }

    /// The place in the text where the id of an entry starts. The rows tell the lengths of all ids,
    /// and nobody changes a length without its id. So the place is within the text. As all of that
    /// is ASCII, it is also at a character.
    fn start_of_id(&self, place: usize) -> usize {
        self.rows.iter().take(place).map(rows::id_len).sum()
    }

    /// Reads entries from `rows`, whose ids come next. `None` unless entries are written just like
    /// that.
    pub(super) fn read(rows: &[u8], ids: &mut Ids<'_>) -> Option<Self> {
        let (rows, []) = rows.as_chunks() else { return None };
        let ids = ids.take(rows.iter().map(rows::id_len).sum())?;
        for row in rows {
            if !is_id_len(rows::id_len(row)) || !T::can_have(&Row::from_bytes(row)?) {
                return None;
            }
        }
        Some(Self { rows: rows.to_vec(), ids: ids.to_owned(), kind: PhantomData })
    }

    /// The number of bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        self.rows.as_flattened().len().saturating_add(self.ids.len())
    }

    pub(super) fn rows(&self) -> &[RowBytes] {
        &self.rows
    }

    pub(super) fn ids(&self) -> &str {
        &self.ids
    }
}

/// The entry of a row that can be one, and whose id comes next.
fn entry<T: Entry>(row: &RowBytes, ids: &mut Ids<'_>) -> Option<T> {
    let id = ids.next(rows::id_len(row))?;
    Some(T::of(id, Row::from_bytes(row)?))
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), ids: String::new(), kind: PhantomData }
    }
}

impl<T: Entry> FromIterator<T> for Entries<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut all = Self::default();
        entries.into_iter().for_each(|entry| all.push(&entry));
        all
    }
}

impl<T: Entry + fmt::Debug> fmt::Debug for Entries<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests;
