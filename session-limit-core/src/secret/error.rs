//! The error of a user secret that cannot be used.

use thiserror::Error;

use crate::json::JsonError;

/// The reason why a user secret cannot be used: a configuration error, and the operator's to mend.
/// It names the key as it is written in the secret and says what is right. It never shows a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It is larger than Secrets Manager allows.
    #[error("the user secret is larger than 64 KiB")]
    TooLarge,
    /// It cannot be read as JSON. It has to be in UTF-8 without a byte-order mark, not nested too
    /// deeply and without numbers that are too large.
    #[error(
        "the user secret cannot be read as JSON: it has to be in UTF-8 without a byte-order mark, \
         not nested too deeply and without numbers that are too large"
    )]
    NotJson,
    /// It is JSON, but no object.
    #[error("the user secret is not a JSON object")]
    NotAnObject,
    /// A key that has to be there is not.
    #[error("the user secret has no {key}")]
    Missing {
        /// The key.
        key: String,
    },
    /// A key is there more than once.
    #[error("the user secret has {key} more than once")]
    Repeated {
        /// The key, with its protocol if it has one.
        key: String,
    },
    /// A value is of another type or outside its bounds.
    #[error("{key} in the user secret: expected {expected}")]
    Invalid {
        /// The key, with its protocol if it has one.
        key: String,
        /// The expected form, in words.
        expected: &'static str,
    },
    /// The home directory is said to be of one type and is given as the other.
    #[error("{key} in the user secret contradicts the home directory: expected {expected}")]
    Contradiction {
        /// The key, with its protocol if it has one.
        key: String,
        /// The expected form, in words.
        expected: &'static str,
    },
}

impl From<JsonError> for SecretError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::NotJson => Self::NotJson,
            JsonError::NotAnObject => Self::NotAnObject,
        }
    }
}
