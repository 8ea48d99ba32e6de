//! What became of a payload.

use thiserror::Error;

/// What became of a payload so far; after the last message, of the whole of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Log messages handed out.
    pub messages: u64,
    /// Log events that are none: without a text as message, or without a time.
    pub skipped: u64,
    /// It is a control message, by which CloudWatch Logs checks that the function can be reached.
    /// Its log events are not looked at.
    pub control: bool,
    /// Why the rest of the payload was not read; `None` if there is no rest. To deliver the
    /// payload again would not help, unless there was [no time](CutOff::NoTime).
    pub cut_off: Option<CutOff>,
}

/// Why the rest of a payload was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CutOff {
    /// The data are not base64.
    #[error("the data are not valid base64")]
    NotBase64,
    /// The data are not gzip, or were damaged.
    #[error("the data are not gzip, or damaged")]
    NotGzip,
    /// The data, or the JSON in them, end early.
    #[error("the data end early")]
    Truncated,
    /// What the data hold is not JSON, or not an object.
    #[error("what the data hold is not a JSON object")]
    NotJson,
    /// A log event, or another value, is longer than the bound.
    #[error("a log event is longer than {0} bytes")]
    EventTooLarge(usize),
    /// The data inflate to more than the bound.
    #[error("the data inflate to more than {0} bytes")]
    TooLarge(u64),
    /// There was no time to read on.
    #[error("there was no time to read on")]
    NoTime,
}
