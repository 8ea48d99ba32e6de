#![doc = include_str!("../README.md")]

mod cache;
mod client;
mod error;
mod name;
mod settings;
mod source;

pub use error::FetchError;
pub use name::{NamePattern, NamePatternError};
pub use settings::{CacheSettings, Settings};
pub use source::SecretsManager;

#[cfg(test)]
mod tests;
