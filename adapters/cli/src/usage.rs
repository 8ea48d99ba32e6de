//! The error of a wrong call.

use std::fmt::Display;

/// Wrong arguments or settings. Ends the program with status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(String);

impl Usage {
    /// An error that tells `problem`, which shows no value that may be a secret.
    pub(crate) fn new(problem: impl Display) -> Self {
        Self(problem.to_string())
    }
}
