//! A table in the store, as one sees it who changes it while others do.

use std::time::Duration;

use crate::store::{Key, StoreError, Swap, TableStore, Versioned, Write};
use crate::time::Timestamp;

/// Whoever has lost one race for an item is likely to lose the next, and to need what the winner
/// has written. From then on a swap that fails brings it along, so that an attempt takes one round
/// trip and not two, where the store can. The first swap does not: most have no rival, and would
/// read in vain.
pub(super) struct Item<'a, S: TableStore> {
    store: &'a S,
    key: &'a Key,
    pub(super) now: Timestamp,
    has_rivals: bool,
    /// What the latest swap has found instead of what it was to replace.
    found: Option<Option<Versioned<S::Version>>>,
}

impl<'a, S: TableStore> Item<'a, S> {
    pub(super) fn new(store: &'a S, key: &'a Key, now: Timestamp) -> Self {
        Self { store, key, now, has_rivals: false, found: None }
    }

    /// What is there, if anything.
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
