//! The answer to a login.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Grant;

/// The answer to a login. As JSON it is the grant, or `{}` for a refusal. The service cannot be
/// told the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The user is let in with this grant.
    Granted(Box<Grant>),
    /// The user is not let in.
    Refused,
}

impl Serialize for Response {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Granted(grant) => grant.serialize(serializer),
            Self::Refused => serializer.serialize_map(Some(0))?.end(),
        }
    }
}

/// Any object without a role, or with a blank one, is a refusal, as it is for the service.
impl<'de> Deserialize<'de> for Response {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let answer = serde_json::Map::deserialize(deserializer)?;
        let role = answer.get("Role").and_then(serde_json::Value::as_str).unwrap_or_default();
        if role.trim().is_empty() {
            return Ok(Self::Refused);
        }
        Grant::deserialize(serde_json::Value::Object(answer))
            .map(|grant| Self::Granted(Box::new(grant)))
            .map_err(D::Error::custom)
    }
}
