//! Tests of what a store has to do. They run against any store.
//!
//! Implement [`Subject`] for your store, and call the macros. Each case is then a test with a name
//! of its own:
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
//! Each macro makes a module of tests. Put the macros of a second store into a module of their own.
//!
//! Every case has handles and keys of its own, so all cases can run at once, against one server. No
//! case waits longer than eight [grains](Subject::grain). In a case about races, [hundreds of
//! tasks](Subject::tasks) race for each item. Such a case takes some seconds; if the server is slow,
//! there are fewer items. The documentation of a case says what harm a store does that fails it.

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

    /// Opens the store as another process would. A case opens several of these handles. All of them
    /// have to see the same items. The items of other cases may be there too, under other keys.
    fn open(&self) -> impl Future<Output = Self::Store>;

    /// Runs `future` to its end on the calling thread, as `block_on` of every runtime does. Several
    /// threads call it at once.
    fn run<F: Future>(&self, future: F) -> F::Output;

    /// Lets `time` pass for the store. An implementation does nothing if the store goes by the time
    /// that its caller tells it.
    fn pass_time(&self, time: Duration) {
        std::thread::sleep(time);
    }

    /// The time by which an item may live too short or too long.
    ///
    /// Return the unit to which the store rounds times, or twice that if the machine that runs the
    /// tests is busy. Items live for four grains. They are looked at two grains before their end
    /// and one grain after it. So a delay of two grains fails a test for no reason.
    fn grain(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// The time in which a case about races may begin another, larger race. A longer time finds
    /// rarer faults.
    fn effort(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Number of tasks that race for an item at once; fewer than two are no race. A store over a
    /// network may need a connection for each task, in every case that runs at the same time.
    fn tasks(&self) -> usize {
        256
    }
}
