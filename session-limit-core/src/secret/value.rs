//! Values in the forms that people and their tools write them.

use secrecy::ExposeSecret;
use serde_json::Value as Json;

use super::SecretError;
use super::fields::{Field, Value};

/// One text, or those of an array.
pub(super) enum Texts<'a> {
    One(&'a str),
    Many(Vec<String>),
}

impl Field {
    /// `null`, or a blank text.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Text(text) => text.expose_secret().trim().is_empty(),
            Value::Json(value) => value.is_null(),
        }
    }

    /// The text, if it is one, without blanks around it.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text.expose_secret().trim()),
            Value::Json(_) => None,
        }
    }

    /// A text, or an array of texts, which may itself be a text.
    pub(super) fn texts(&self) -> Option<Texts<'_>> {
        match self.text() {
            Some(text) if !text.starts_with('[') => Some(Texts::One(text)),
            _ => match self.json()? {
                Json::Array(texts) => texts
                    .into_iter()
                    .map(|text| if let Json::String(text) = text { Some(text) } else { None })
                    .collect::<Option<Vec<_>>>()
                    .map(Texts::Many),
                _ => None,
            },
        }
    }

    /// JSON, or a text that holds JSON.
    pub(super) fn json(&self) -> Option<Json> {
        match &self.value {
            Value::Text(text) => serde_json::from_str(text.expose_secret()).ok(),
            Value::Json(value) => Some(value.clone()),
        }
    }

    /// A whole number, or a text that holds one.
    pub(super) fn number(&self) -> Option<u32> {
        match &self.value {
            Value::Text(text) => digits(text.expose_secret()),
            Value::Json(value) => number(value),
        }
    }

    pub(super) fn invalid(&self, expected: &'static str) -> SecretError {
        SecretError::Invalid { key: self.key.clone(), expected }
    }
}

/// A whole number, or a text that holds one.
pub(super) fn number(value: &Json) -> Option<u32> {
    match value {
        Json::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
        Json::String(text) => digits(text),
        _ => None,
    }
}

/// Reads a number of digits only. Other forms of a number (`+5`, `1e3`, `5.0`) are more likely a
/// mistake.
fn digits(text: &str) -> Option<u32> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
