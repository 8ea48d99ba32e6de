//! A subscription payload, still compressed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Bounds, Messages, PayloadError};

/// A subscription payload: log messages of one log stream, as base64 of gzip.
#[derive(Clone)]
pub struct Payload<'a> {
    data: Cow<'a, str>,
}

impl<'a> Payload<'a> {
    /// A payload from the base64 text under `awslogs.data`.
    pub fn new(data: impl Into<Cow<'a, str>>) -> Self {
        Self { data: data.into() }
    }

    /// Reads `{"awslogs":{"data":"…"}}`, or such an event as Lambda wraps it when it gives up:
    /// `{"requestPayload":{"awslogs":…}, …}`.
    ///
    /// # Errors
    /// The event is neither. Damaged data are no error yet: they show when the messages are read.
    pub fn parse(event: &'a [u8]) -> Result<Self, PayloadError> {
        Self::of(&object(event)?)
    }

    /// The log messages, in their order, within the default [`Bounds`].
    #[must_use]
    pub fn messages(&self) -> Messages<'_> {
        self.messages_within(Bounds::default())
    }

    /// The log messages, in their order, within `bounds`.
    #[must_use]
    pub fn messages_within(&self, bounds: Bounds) -> Messages<'_> {
        Messages::new(&self.data, bounds)
    }

    pub(crate) fn of(event: &Event<'a>) -> Result<Self, PayloadError> {
        let awslogs = match (event.awslogs, event.request_payload) {
            (Some(awslogs), _) => awslogs,
            (None, Some(payload)) => {
                let event: Event<'a> = object(payload.get().as_bytes())?;
                event.awslogs.ok_or(PayloadError::Unknown)?
            }
            (None, None) => return Err(PayloadError::Unknown),
        };
        let AwsLogs { data } = object(awslogs.get().as_bytes())?;
        data.map(Self::new).ok_or(PayloadError::Unknown)
    }
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("len", &self.data.len()).finish_non_exhaustive()
    }
}

/// The event of an invocation, which has one of these fields.
#[derive(Deserialize)]
pub(crate) struct Event<'a> {
    #[serde(borrow)]
    awslogs: Option<&'a RawValue>,
    #[serde(borrow, rename = "requestPayload")]
    request_payload: Option<&'a RawValue>,
    #[serde(borrow, rename = "Records")]
    pub(crate) records: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct AwsLogs<'a> {
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

/// Reads a JSON object. To serde, an array could stand for one as well.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, PayloadError> {
    match json.trim_ascii_start().first() {
        None | Some(b'{') => Ok(serde_json::from_slice(json)?),
        Some(_) => Err(PayloadError::NotJson { line: 1, column: 1 }),
    }
}
