//! What a function that receives log messages may be invoked with.

mod queue;

use crate::payload::{Event, object};
use crate::{Payload, PayloadError};

pub use queue::{BatchResponse, QueueBatch, QueueRecord};

/// What a function that receives log messages is invoked with.
#[derive(Clone, Debug)]
pub enum Delivery<'a> {
    /// A payload of its own: invoked by CloudWatch Logs, or with what Lambda gave up on earlier.
    Payload(Payload<'a>),
    /// Records of a queue, each with a payload: a dead-letter queue that is fed back. The function
    /// has to answer with a [`BatchResponse`].
    Queue(QueueBatch<'a>),
}

impl<'a> Delivery<'a> {
    /// Reads the event, which may be any bytes at all.
    ///
    /// # Errors
    /// It is nothing of the kind. It should be reported and acknowledged: with an error, Lambda
    /// would deliver it again.
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
