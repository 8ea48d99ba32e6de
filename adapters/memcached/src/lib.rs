#![doc = include_str!("../README.md")]

mod config;
mod connection;
mod deadline;
mod effect;
mod error;
mod failure;
#[cfg(feature = "__fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod names;
mod node;
mod pool;
mod reply;
mod request;
mod routing;
mod store;
mod tls;
mod version;

pub use config::{Address, Config, ConfigError, Trust};
pub use error::OpenError;
pub use store::MemcachedStore;
#[cfg(feature = "__bench")]
#[doc(hidden)]
pub use store::{Bare, LONGEST_PAIRED};
pub use version::Version;
