#![doc = include_str!("../README.md")]

pub mod conformance;
#[cfg(feature = "model")]
pub mod model;
pub mod naive;
pub mod sim;
