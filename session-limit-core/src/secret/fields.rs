//! The secret as it comes, and those of its keys that count for a protocol.

use std::collections::BTreeMap;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::SecretError;
use crate::json::{self, JsonError};
use crate::login::Protocol;

pub(super) const KEYS: [&str; 10] = [
    "Password",
    "Role",
    "HomeDirectory",
    "HomeDirectoryDetails",
    "HomeDirectoryType",
    "PublicKey",
    "AcceptedIpNetwork",
    "MaxSessionLimit",
    "Policy",
    "PosixProfile",
];

/// The fields of a secret that count for one protocol.
pub(super) struct Fields {
    protocol: Protocol,
    bare: BTreeMap<&'static str, Value>,
    prefixed: BTreeMap<&'static str, Value>,
}

/// One field, under its name as written.
pub(super) struct Field {
    pub(super) key: String,
    pub(super) value: Value,
}

/// The value of a field. Texts are wiped, since any of them may be a secret in the wrong place.
pub(super) enum Value {
    Text(SecretString),
    Json(serde_json::Value),
}

impl Fields {
    pub(super) fn parse(json: &[u8], protocol: Protocol) -> Result<Self, SecretError> {
        let mut fields = Self { protocol, bare: BTreeMap::new(), prefixed: BTreeMap::new() };
        let mut repeated = None;
        for ((prefix, key), value) in json::members(json, |name| known(name, protocol))? {
            let group = if prefix.is_empty() { &mut fields.bare } else { &mut fields.prefixed };
            if group.insert(key, Value::read(value)?).is_some() {
                repeated = Some(format!("{prefix}{key}"));
            }
        }
        repeated.map_or(Ok(fields), |key| Err(SecretError::Repeated { key }))
    }

    /// The field called `key` for this protocol, or else for all of them.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Field> {
        if let Some(value) = self.prefixed.remove(key) {
            return Some(Field { key: format!("{}{key}", self.protocol), value });
        }
        self.bare.remove(key).map(|value| Field { key: key.into(), value })
    }
}

/// The prefix of one of the [`KEYS`], which is empty or the protocol, and the key.
fn known(name: &str, protocol: Protocol) -> Option<(&'static str, &'static str)> {
    let key = |name: &str| KEYS.into_iter().find(|key| *key == name);
    let prefix = protocol.as_str();
    let prefixed = || name.strip_prefix(prefix).and_then(key).map(|key| (prefix, key));
    key(name).map(|key| ("", key)).or_else(prefixed)
}

impl Value {
    fn read(value: json::Value<'_>) -> Result<Self, JsonError> {
        let json = match value {
            json::Value::Text(text) => return Ok(Self::Text(text)),
            json::Value::Other(json) => json,
        };
        // How deep it may be nested includes the object that it comes from.
        let mut nested = Zeroizing::new(String::with_capacity(json.len().saturating_add(2)));
        nested.extend(["[", json, "]"]);
        let value = serde_json::from_str(&nested).map_err(|_| JsonError::NotJson);
        value.map(|(value,)| Self::Json(value))
    }
}
