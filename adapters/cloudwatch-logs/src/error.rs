//! The error of an event that delivers no log messages.

use thiserror::Error;

/// An event, or a record of a queue, that delivers no log messages. To deliver it again would not
/// help. The error shows nothing of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Not a JSON object, or one with a field twice or of a wrong type.
    #[error("not a JSON object of the expected shape, at line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// A JSON object of another kind.
    #[error("the JSON object has no awslogs.data, requestPayload or Records")]
    Unknown,
    /// More records than a queue ever delivers at once.
    #[error("the event has more than {0} records")]
    TooManyRecords(usize),
}

impl From<serde_json::Error> for PayloadError {
    /// Only the place: the text of the error may quote the event.
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson { line: error.line(), column: error.column() }
    }
}
