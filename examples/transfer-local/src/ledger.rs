//! The ledger that the command line chose, over a store in this process's memory.

use std::sync::Arc;

use session_limit_core::ledger::AnyLedger;
use session_limit_core::store::MemoryStore;

/// A ledger that the identity provider and the tracker share, and that dies with this process.
pub type EmbeddedLedger = Arc<AnyLedger<MemoryStore>>;
