#![doc = include_str!("../README.md")]

mod clock;
pub mod identity;
mod invocation;
mod logging;
pub mod metrics;
mod phase;
mod runtime;
mod stopwatch;
pub mod tracker;

pub use identity::IdentityHandler;
pub use invocation::Invocation;
pub use runtime::{Failure, StartError, run, start, start_with};
pub use tracker::Tracker;
