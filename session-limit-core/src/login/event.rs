//! The event as it comes, before its fields are checked.

use std::mem;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Number;

use super::LoginError;
use crate::json::{self, JsonError, Value};
use crate::names::NameError;

/// The fields of the event that matter.
#[derive(Default)]
pub(super) struct Event {
    pub(super) server: Field,
    pub(super) user: Field,
    pub(super) protocol: Field,
    pub(super) source: Field,
    pub(super) password: Field,
}

impl Event {
    pub(super) fn parse(event: &[u8]) -> Result<Self, LoginError> {
        let fields = json::members(event, known)?;
        let mut event = Self::default();
        let mut repeated = None;
        for ((name, field), value) in fields {
            if !matches!(mem::replace(field(&mut event), Field::read(value)?), Field::Absent) {
                repeated = Some(name);
            }
        }
        repeated.map_or(Ok(event), |field| Err(LoginError::Repeated { field }))
    }
}

/// The name of a field, and where it is kept.
type Known = (&'static str, fn(&mut Event) -> &mut Field);

fn known(name: &str) -> Option<Known> {
    Some(match name {
        "serverId" => ("serverId", |event| &mut event.server),
        "username" => ("username", |event| &mut event.user),
        "protocol" => ("protocol", |event| &mut event.protocol),
        "sourceIp" => ("sourceIp", |event| &mut event.source),
        "password" => ("password", |event| &mut event.password),
        _ => return None,
    })
}

/// A field that should be a text. All texts are wiped, since any may be the password in the wrong
/// place.
#[derive(Default)]
pub(super) enum Field {
    #[default]
    Absent,
    Null,
    Text(SecretString),
    Other,
}

impl Field {
    fn read(value: Value<'_>) -> Result<Self, JsonError> {
        /// Any object whose names can be read.
        #[derive(Deserialize)]
        struct Object {}

        let is_of_number = |c: char| c == '-' || c.is_ascii_digit();
        Ok(match value {
            Value::Text(text) => Self::Text(text),
            Value::Other("null") => Self::Null,
            Value::Other(json) if json.starts_with('{') => {
                serde_json::from_str(json).map(|Object {}| Self::Other)?
            }
            // Not every number can be read: some are too large.
            Value::Other(json) if json.starts_with(is_of_number) => {
                serde_json::from_str(json).map(|_: Number| Self::Other)?
            }
            Value::Other(_) => Self::Other,
        })
    }

    pub(super) fn optional(self, field: &'static str) -> Result<Option<SecretString>, LoginError> {
        match self {
            Self::Absent | Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Other => Err(LoginError::Invalid { field, expected: "a string" }),
        }
    }

    pub(super) fn required(self, field: &'static str) -> Result<SecretString, LoginError> {
        self.optional(field)?.ok_or(LoginError::Missing { field })
    }
}

/// Reads a required name through its own type.
pub(super) fn name<T>(
    field: &'static str,
    value: Field,
    new: impl Fn(&str) -> Result<T, NameError>,
) -> Result<T, LoginError> {
    let text = value.required(field)?;
    new(text.expose_secret()).map_err(|source| LoginError::Name { field, source })
}
