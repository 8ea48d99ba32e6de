//! What "implements the store traits" means, as tests that run against any store.
//!
//! The author of a store says how to make one, in a [`Subject`], and gets every case as a test
//! with a name of its own:
//!
//! ```
//! use std::time::Duration;
//!
//! use session_limit_core::store::MemoryStore;
//! use session_limit_testkit::conformance::Subject;
//!
//! struct Memory;
//!
//! impl Subject for Memory {
//!     type Store = MemoryStore;
//!
//!     async fn fresh(&self) -> MemoryStore {
//!         MemoryStore::new()
//!     }
//!
//!     fn run<F: Future>(&self, future: F) -> F::Output {
//!         pollster::block_on(future) // or a tokio runtime's `block_on`
//!     }
//!
//!     // This store goes by the time that it is told, so there is nothing to wait for.
//!     fn pass_time(&self, _: Duration) {}
//!     fn grain(&self) -> Duration {
//!         Duration::from_millis(1)
//!     }
//!     fn patience(&self) -> Duration {
//!         Duration::MAX
//!     }
//! }
//!
//! session_limit_testkit::store_tests!(Memory);
//! session_limit_testkit::table_store_tests!(Memory);
//! session_limit_testkit::counter_store_tests!(Memory);
//! ```
//!
//! Every case has a store and keys of its own, so the cases can run at once, against one server.
//! The documentation of a case says what harm it does to break it.

mod bench;
pub mod counter;
mod list;
pub mod store;
pub mod table;

use std::future::Future;
use std::time::Duration;

pub use bench::Bench;
pub use list::{Case, counter_store_cases, store_cases, table_store_cases};
use session_limit_core::store::Store;

/// A kind of store that is tested.
pub trait Subject: Sync {
    /// The store.
    type Store: Store;

    /// A store for one case. It need not be empty: the cases use keys that nobody else uses.
    fn fresh(&self) -> impl Future<Output = Self::Store>;

    /// Runs `future` to its end on the calling thread, as `block_on` of every runtime does.
    /// Several threads call it at once.
    fn run<F: Future>(&self, future: F) -> F::Output;

    /// Lets `time` pass for the store. Does nothing where the store goes by the time it is told.
    fn pass_time(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// By how much the store may be late or early in letting an item expire.
    fn grain(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// The longest time the tests may let pass; cases that need more check less.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}
