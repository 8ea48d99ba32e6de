//! The secret as it comes: which of its keys count for a protocol.
//!
//! Read by hand rather than by derive: errors of a derived reader quote the value they dislike.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny};
use serde::de::{MapAccess, SeqAccess, Visitor};

use super::SecretError;
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
    repeated: Option<String>,
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
        let error = |error: serde_json::Error| {
            if error.is_data() { SecretError::NotAnObject } else { SecretError::NotJson }
        };
        let mut reader = serde_json::Deserializer::from_slice(json);
        let empty =
            Self { protocol, bare: BTreeMap::new(), prefixed: BTreeMap::new(), repeated: None };
        let fields = empty.deserialize(&mut reader).map_err(error)?;
        reader.end().map_err(error)?;
        match fields.repeated {
            Some(key) => Err(SecretError::Repeated { key }),
            None => Ok(fields),
        }
    }

    /// The field called `key` for this protocol, or else for all of them.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Field> {
        if let Some(value) = self.prefixed.remove(key) {
            return Some(Field { key: format!("{}{key}", self.protocol), value });
        }
        self.bare.remove(key).map(|value| Field { key: key.into(), value })
    }

    fn set<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        let known = |name: &str| KEYS.into_iter().find(|key| *key == name);
        let (fields, key) = match (known(name), name.strip_prefix(self.protocol.as_str())) {
            (Some(key), _) => (&mut self.bare, key),
            (None, Some(rest)) if let Some(key) = known(rest) => (&mut self.prefixed, key),
            _ => return map.next_value::<IgnoredAny>().map(drop),
        };
        if fields.insert(key, map.next_value()?).is_some() {
            self.repeated = Some(name.to_owned());
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Self;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.set(&name, &mut map)?;
        }
        Ok(self)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.into()))
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Json(serde_json::Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Json(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Json(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Json(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Json(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value, A::Error> {
                serde_json::Value::deserialize(SeqAccessDeserializer::new(seq)).map(Value::Json)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
                serde_json::Value::deserialize(MapAccessDeserializer::new(map)).map(Value::Json)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
