//! Something that an operator should change in a secret.

use serde::Serialize;

/// Something that an operator should change.
#[derive(PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The key, as it is or should be written in the secret, if there is one.
    pub(super) key: Option<String>,
    pub(super) what: String,
    pub(super) fix: String,
}

impl Finding {
    pub(super) fn new(key: Option<&str>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { key: key.map(str::to_owned), what: what.into(), fix: fix.into() }
    }
}
