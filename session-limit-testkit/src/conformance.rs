//! What "implements the store traits" means, as tests that run against any store.
//!
//! The author of a store says how to make one, in a [`Subject`], and gets every case as a test
//! with a name of its own:
//!
//! ```toml
//! [dev-dependencies]
//! pollster = "1" # or the runtime that the store needs
//! session-limit-testkit = { path = "…" } # of a checkout of this project
//! ```
//!
//! ```
//! // tests/conformance.rs
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use session_limit_core::store::MemoryStore;
//! use session_limit_testkit::conformance::Subject;
//!
//! #[derive(Default)]
//! struct Memory(Arc<MemoryStore>);
//!
//! impl Subject for Memory {
//!     type Store = Arc<MemoryStore>;
//!
//!     // Where there is a server: another client of it.
//!     async fn open(&self) -> Arc<MemoryStore> {
//!         Arc::clone(&self.0)
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
//! }
//!
//! session_limit_testkit::store_tests!(Memory::default());
//! session_limit_testkit::table_store_tests!(Memory::default()); // for the lease ledger
//! session_limit_testkit::counter_store_tests!(Memory::default()); // for the counter ledger
//! ```
//!
//! Each macro makes a module of tests, so a second store needs a module of its own around them.
//!
//! Every case has handles and keys of its own, so the cases can run at once, against one server.
//! The longest wait is eight [grains](Subject::grain). A case that races lets [hundreds of
//! tasks](Subject::tasks) race for each item, and takes some seconds; a slow server is raced for
//! fewer items. The documentation of a case says what harm it does to break it.

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

    /// Opens the store as another process would. A case opens several of these handles, which
    /// have to see the same items; the items of other cases may be there too, under other keys.
    fn open(&self) -> impl Future<Output = Self::Store>;

    /// Runs `future` to its end on the calling thread, as `block_on` of every runtime does.
    /// Several threads call it at once.
    fn run<F: Future>(&self, future: F) -> F::Output;

    /// Lets `time` pass for the store. Does nothing where the store goes by the time it is told.
    fn pass_time(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// By how much an item may live too short or too long.
    ///
    /// What a store rounds its times to, twice that where the machine that the tests run on is busy:
    /// items live for four grains, and are looked at two grains before and one grain after their
    /// end, so that a delay of two grains fails a test for nothing.
    fn grain(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// For how long a case that races begins with further, larger races. More finds rarer faults.
    fn effort(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// How many tasks race for an item at once; fewer than two are no race. A store over a network
    /// may need a connection for each of them, in every case that runs at the same time.
    fn tasks(&self) -> usize {
        256
    }
}
