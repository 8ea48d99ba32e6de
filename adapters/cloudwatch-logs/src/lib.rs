#![doc = include_str!("../README.md")]

mod bounds;
mod delivery;
mod error;
mod event;
mod inflate;
mod messages;
mod payload;
mod summary;
mod window;

pub use bounds::Bounds;
pub use delivery::{BatchResponse, Delivery, QueueBatch, QueueRecord};
pub use error::PayloadError;
pub use messages::{LogMessage, Messages};
pub use payload::Payload;
pub use summary::{CutOff, Summary};

#[cfg(test)]
mod tests;
