//! The event as it comes, before its fields are checked.
//!
//! Read by hand rather than by derive: errors of a derived reader quote the value they dislike.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::LoginError;
use crate::names::NameError;

/// The fields of the event that matter.
#[derive(Default)]
pub(super) struct Event {
    pub(super) server: Field,
    pub(super) user: Field,
    pub(super) protocol: Field,
    pub(super) source: Field,
    pub(super) password: Field,
    repeated: Option<&'static str>,
}

impl Event {
    pub(super) fn parse(event: &[u8]) -> Result<Self, LoginError> {
        let event = serde_json::from_slice::<Self>(event).map_err(|error| {
            if error.is_data() { LoginError::NotAnObject } else { LoginError::NotJson }
        })?;
        match event.repeated {
            Some(field) => Err(LoginError::Repeated { field }),
            None => Ok(event),
        }
    }

    fn set<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let (field, name) = match name {
            "serverId" => (&mut self.server, "serverId"),
            "username" => (&mut self.user, "username"),
            "protocol" => (&mut self.protocol, "protocol"),
            "sourceIp" => (&mut self.source, "sourceIp"),
            "password" => (&mut self.password, "password"),
            _ => return map.next_value::<IgnoredAny>().map(drop),
        };
        if !matches!(field, Field::Absent) {
            self.repeated = Some(name);
        }
        *field = map.next_value()?;
        Ok(())
    }
}

/// A field that should be a text. Any of them may turn out to be the password in the wrong place,
/// so all are wiped.
#[derive(Default)]
pub(super) enum Field {
    #[default]
    Absent,
    Null,
    Text(SecretString),
    Other,
}

impl Field {
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

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Event;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
                let mut event = Event::default();
                while let Some(name) = map.next_key::<String>()? {
                    event.set(&name, &mut map)?;
                }
                Ok(event)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_unit<E>(self) -> Result<Field, E> {
                Ok(Field::Null)
            }

            fn visit_str<E>(self, text: &str) -> Result<Field, E> {
                Ok(Field::Text(text.into()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
                Ok(Field::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Field::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
