#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod address;
pub mod event;
pub mod ledger;
pub mod limit;
pub mod login;
pub mod methods;
pub mod names;
pub mod store;
pub mod time;
