//! The reference store passes the conformance suite. A store that breaks a rule fails the cases of
//! that rule, and no other.

mod flawed_store;
mod flaws;

use std::sync::Arc;
use std::time::Duration;

use session_limit_core::store::MemoryStore;
use session_limit_testkit::conformance::Subject;

#[derive(Default)]
struct Memory(Arc<MemoryStore>);

impl Subject for Memory {
    type Store = Arc<MemoryStore>;

    async fn open(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.0)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        pollster::block_on(future)
    }

    fn pass_time(&self, _: Duration) {}

    fn grain(&self) -> Duration {
        Duration::from_millis(2)
    }
}

session_limit_testkit::store_tests!(Memory::default());
session_limit_testkit::table_store_tests!(Memory::default());
session_limit_testkit::counter_store_tests!(Memory::default());
