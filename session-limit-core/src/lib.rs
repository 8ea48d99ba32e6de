#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod address;
#[cfg(feature = "auth")]
mod auth;
pub mod event;
#[cfg(feature = "auth")]
pub mod grant;
#[cfg(feature = "auth")]
pub mod identity;
mod json;
pub mod ledger;
pub mod limit;
pub mod login;
pub mod methods;
pub mod names;
#[cfg(feature = "auth")]
mod public_key;
#[cfg(feature = "auth")]
pub mod refusal;
#[cfg(feature = "auth")]
pub mod secret;
pub mod store;
pub mod time;

#[cfg(test)]
mod tests;
