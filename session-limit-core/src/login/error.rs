//! The error of an event that is no login.

use thiserror::Error;

use crate::json::JsonError;
use crate::names::NameError;

/// The reason why an event is no login. It names the field and what was expected. It never shows a
/// value: the event holds a password, and clients choose much of the rest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The event is not JSON.
    #[error("the event is not JSON")]
    NotJson,
    /// The event is JSON, but no object.
    #[error("the event is not a JSON object")]
    NotAnObject,
    /// A required field is absent.
    #[error("{field} is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field comes more than once.
    #[error("{field} is there more than once")]
    Repeated {
        /// The field.
        field: &'static str,
    },
    /// A field is of another type or outside its bounds.
    #[error("{field}: expected {expected}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The expected form, in words.
        expected: &'static str,
    },
    /// A name does not fit the service's rule.
    #[error("{field}: {source}")]
    Name {
        /// The field.
        field: &'static str,
        /// The rule that it breaks.
        source: NameError,
    },
}

impl From<JsonError> for LoginError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::NotJson => Self::NotJson,
            JsonError::NotAnObject => Self::NotAnObject,
        }
    }
}
