//! The keys of a secret, as they are written.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use session_limit_core::login::Protocol;

/// The keys of a secret, known or not.
pub(super) struct JsonKeys(BTreeMap<String, IgnoredAny>);

impl JsonKeys {
    /// The keys of a JSON object; none of anything else.
    pub(super) fn of(json: &[u8]) -> Self {
        Self(serde_json::from_slice(json).unwrap_or_default())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The name that `key` has where it is read for `protocol`.
    pub(super) fn name(&self, key: &str, protocol: Protocol) -> String {
        let prefixed = format!("{protocol}{key}");
        if self.0.contains_key(&prefixed) { prefixed } else { key.to_owned() }
    }
}
