//! Read-modify-write of an item that others may be changing.

use std::time::Duration;

use crate::store::{Key, StoreError, Swap, TableStore, Versioned, Write};
use crate::time::Timestamp;

/// An item while one operation reads and changes it.
///
/// After one lost race, a failed swap also returns the current value, in one round trip if the store
/// can: the next race is likely to be lost as well. The first swap does not, because most operations
/// have no rival and would read in vain.
pub(super) struct ReadModifyWrite<'a, S: TableStore> {
    store: &'a S,
    key: &'a Key,
    pub(super) now: Timestamp,
    has_rivals: bool,
    /// The item that the latest swap has found instead of the one to replace.
    found: Option<Option<Versioned<S::Version>>>,
}

impl<'a, S: TableStore> ReadModifyWrite<'a, S> {
    pub(super) fn new(store: &'a S, key: &'a Key, now: Timestamp) -> Self {
        Self { store, key, now, has_rivals: false, found: None }
    }

    /// Returns the item, if there is one: the one that the latest swap has found, or else a loaded
    /// one.
    pub(super) async fn load(&mut self) -> Result<Option<Versioned<S::Version>>, StoreError> {
        if let Some(found) = self.found.take() {
            return Ok(found);
        }
        let items = self.store.load(std::slice::from_ref(self.key), self.now).await?;
        Ok(items.into_iter().next().flatten())
    }

    /// Replaces `version`, or creates the item where there was none.
    pub(super) async fn write(
        &mut self,
        version: Option<&S::Version>,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Write, StoreError> {
        let Self { store, key, now, .. } = *self;
        let written = match version {
            None => store.add(key, value, ttl, now).await?,
            Some(version) if !self.has_rivals => {
                store.replace(key, version, value, ttl, now).await?
            }
            Some(version) => match store.replace_or_load(key, version, value, ttl, now).await? {
                Swap::Done => Write::Done,
                Swap::Conflict(there) => {
                    self.found = Some(there);
                    Write::Conflict
                }
            },
        };
        self.has_rivals |= written == Write::Conflict;
        Ok(written)
    }
}
