//! The memory of one process.

use session_limit_core::store::MemoryStore;

use super::{Kind, Known, OpenStore};

pub(super) type Store = MemoryStore;

/// No address names it: functions that share no store would count each for itself.
pub(super) const KNOWN: Option<Known> = None;

impl OpenStore {
    /// An empty store in the memory of this process, for a single process and for tests. No address
    /// names it.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Kind::Memory(MemoryStore::new()))
    }
}
