//! The parts that the tests of several crates share. It is not published.
//!
//! It depends on no other crate of this project, so that the tests of each of them can use it, those
//! inside the core included. Its helpers panic where a test is to fail.
//!
//! | a test needs | it uses |
//! |---|---|
//! | to wait, but not for ever | [`PATIENCE`], [`eventually`], `run_within` (feature `runtime`) |
//! | a program, and the lines that it prints | [`process`], [`lines`] |
//! | the memory that a program takes | [`memory`] |
//! | a port at which nobody listens | [`ports`] |
//! | a memcached of its own | [`memcached`] |
//! | certificates for it | `certificates` (feature `certificates`) |
//! | an SFTP client | [`sftp`] |
//! | Secrets Manager, or one that fails | `secrets_manager` (feature `secrets-manager`) |
//! | a payload of CloudWatch Logs | `payloads` (feature `payloads`) |
//! | to show that no secret has leaked | [`leaks`] |
//! | to show that it provokes every variant of an error | [`assert_provoked!`] |

#[cfg(feature = "certificates")]
pub mod certificates;
pub mod leaks;
pub mod lines;
pub mod memcached;
pub mod memory;
mod patience;
#[cfg(feature = "payloads")]
pub mod payloads;
pub mod ports;
pub mod process;
#[cfg(feature = "secrets-manager")]
pub mod secrets_manager;
pub mod sftp;
mod variants;

#[cfg(feature = "runtime")]
pub use patience::run_within;
pub use patience::{PATIENCE, eventually};
