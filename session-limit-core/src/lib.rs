//! The rules that limit how many sessions a user of AWS Transfer Family may hold at once.
//!
//! This crate does **no** I/O. It reads no clock and no environment, draws no random numbers,
//! starts no threads, needs no async runtime and does not panic. Time, tokens and settings are
//! arguments; state lives behind small store traits; what is asynchronous is so in shape only
//! and runs on any executor.

#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod address;
#[cfg(feature = "auth")]
mod auth;
pub mod event;
#[cfg(feature = "auth")]
pub mod grant;
#[cfg(feature = "auth")]
pub mod identity;
pub mod ledger;
pub mod limit;
pub mod login;
pub mod methods;
pub mod names;
#[cfg(feature = "auth")]
pub mod refusal;
#[cfg(feature = "auth")]
pub mod secret;
pub mod store;
pub mod time;
