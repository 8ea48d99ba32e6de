//! The error of a log message that cannot be read.

use std::str::Utf8Error;

use thiserror::Error;

use crate::names::NameError;

/// The fault of a log message, and its place. It never shows what the message contains, which a
/// client may have chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The bytes of the message are not text, as whoever read them has found.
    #[error("not UTF-8 after byte {offset}")]
    NotUtf8 {
        /// The number of bytes before the first one that is no text.
        offset: usize,
    },
    /// It starts as a JSON object and is none.
    #[error("not valid JSON at line {line}, column {column}")]
    NotJson {
        /// The line, counted from 1. Blanks before the message are left out.
        line: usize,
        /// The column, counted from 1, in bytes.
        column: usize,
    },
    /// The JSON ends too early.
    #[error("cut off: the JSON ends too early")]
    CutOff,
    /// It is neither a JSON object nor starts like a line of legacy text.
    #[error("neither a JSON object nor a line that starts with a session and an activity")]
    NotAnEvent,
    /// A field is there more than once, so that nobody can tell which one holds.
    #[error("`{field}` is there more than once")]
    Duplicate {
        /// The field.
        field: &'static str,
    },
    /// A field that the activity needs is not there, or empty.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is not text.
    #[error("`{field}` is {found}, expected a string")]
    WrongType {
        /// The field.
        field: &'static str,
        /// The type that it has instead.
        found: &'static str,
    },
    /// A field is text that does not fit its rule.
    #[error("`{field}` is {source}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The rule that it breaks.
        source: NameError,
    },
}

impl From<Utf8Error> for LogError {
    fn from(error: Utf8Error) -> Self {
        Self::NotUtf8 { offset: error.valid_up_to() }
    }
}
