//! The result of reading a payload.

use thiserror::Error;

/// The result of reading a payload so far; after the last message, of the whole of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of log messages that were handed out.
    pub messages: u64,
    /// The number of log events that were skipped: they have no text as message, or no time.
    pub skipped: u64,
    /// True for a control message, by which CloudWatch Logs checks that it can reach the function.
    /// Its log events are not read.
    pub control: bool,
    /// The reason why the rest of the payload was not read; `None` if there is no rest. To deliver
    /// the payload again helps only after [`CutOff::NoTime`].
    pub cut_off: Option<CutOff>,
}

/// The reason why the rest of a payload was not read.
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
    /// The inflated data are not JSON, or not an object.
    #[error("the inflated data are not a JSON object")]
    NotJson,
    /// A log event, or another value, is longer than [`Bounds::event`](crate::Bounds::event).
    #[error("a log event is longer than {0} bytes")]
    EventTooLarge(usize),
    /// The data inflate to more than [`Bounds::inflated`](crate::Bounds::inflated).
    #[error("the data inflate to more than {0} bytes")]
    TooLarge(u64),
    /// The time [`Bounds::until`](crate::Bounds::until) came first.
    #[error("there was no time to read on")]
    NoTime,
}
