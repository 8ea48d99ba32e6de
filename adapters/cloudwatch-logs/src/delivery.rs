//! The events that a function which receives log messages is invoked with.

mod queue;

use crate::payload::{Event, object};
use crate::{Payload, PayloadError};

pub use queue::{BatchResponse, QueueBatch, QueueRecord};

/// An event that a function which receives log messages is invoked with.
#[derive(Clone, Debug)]
pub enum Delivery<'a> {
    /// A payload from CloudWatch Logs, or one that Lambda gave up on earlier.
    Payload(Payload<'a>),
    /// Records of an SQS queue, each with a payload, such as a dead-letter queue that is fed back.
    /// The function has to answer with a [`BatchResponse`].
    Queue(QueueBatch<'a>),
}

impl<'a> Delivery<'a> {
    /// Reads the event, which may be any bytes at all.
    ///
    /// # Errors
    /// The event is neither. Report and acknowledge it: if the function fails, Lambda delivers it
    /// again.
    pub fn parse(event: &'a [u8]) -> Result<Self, PayloadError> {
        let event: Event<'a> = object(event)?;
        match Payload::of(&event) {
            Err(PayloadError::Unknown) => match event.records {
                Some(records) => QueueBatch::parse(records.get()).map(Self::Queue),
                None => Err(PayloadError::Unknown),
            },
            payload => payload.map(Self::Payload),
        }
    }
}
