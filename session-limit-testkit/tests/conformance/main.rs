//! The reference store passes the conformance suite, and a store that breaks a rule fails the
//! cases of that rule and no other.

mod broken;
mod flaws;

use std::time::Duration;

use session_limit_core::store::MemoryStore;
use session_limit_testkit::conformance::Subject;

struct Memory;

impl Subject for Memory {
    type Store = MemoryStore;

    async fn fresh(&self) -> MemoryStore {
        MemoryStore::new()
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        pollster::block_on(future)
    }

    fn pass_time(&self, _: Duration) {}

    fn grain(&self) -> Duration {
        Duration::from_millis(2)
    }

    fn patience(&self) -> Duration {
        Duration::MAX
    }
}

session_limit_testkit::store_tests!(Memory);
session_limit_testkit::table_store_tests!(Memory);
session_limit_testkit::counter_store_tests!(Memory);
