//! Structured JSON, the current form of a log message.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::activity_type::ActivityType;
use super::fields::{self, Fields};
use super::{LogEntry, LogError, LogOrigin};
use crate::time::Timestamp;

/// Reads a message that starts with `{`.
pub(super) fn parse(
    text: &str,
    at: Timestamp,
    origin: LogOrigin<'_>,
) -> Result<LogEntry, LogError> {
    let message: Message<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    if let Some(key) = message.duplicate {
        return Err(LogError::Duplicate { field: key.name() });
    }
    let activity = match message.activity.raw() {
        fields::Value::Text(name) => ActivityType::named(name),
        // Runs of workflows are logged to the same group and have no activity type.
        fields::Value::Absent => return Ok(LogEntry::Other),
        fields::Value::Wrong(found) => {
            return Err(LogError::WrongType { field: Key::Activity.name(), found });
        }
    };
    Fields {
        activity,
        server: Key::Arn.field(last_segment(message.arn.raw())),
        session: Key::Session.field(message.session.raw()),
        user: Key::User.field(message.user.raw()),
        source: Key::Source.field(message.source.raw()),
        fingerprint: Some(Key::Fingerprint.field(message.fingerprint.raw())),
        method: Key::Method.field(message.method.raw()),
        log_stream: origin.log_stream,
    }
    .entry(at)
}

/// The last segment of an ARN's path; a text without a path is no ARN of a server.
fn last_segment(arn: fields::Value<'_>) -> fields::Value<'_> {
    match arn {
        fields::Value::Text(arn) => {
            fields::Value::Text(fields::split_at_last(arn, b'/').map_or("", |(_, id)| id))
        }
        other => other,
    }
}

/// The place of the error and not its text, which may quote the message.
fn not_json(error: &serde_json::Error) -> LogError {
    match error.classify() {
        Category::Eof => LogError::CutOff,
        _ => LogError::NotJson { line: error.line(), column: error.column() },
    }
}

/// The fields of a message that matter, borrowed from it where they hold no escapes.
#[derive(Default)]
struct Message<'a> {
    activity: Value<'a>,
    arn: Value<'a>,
    session: Value<'a>,
    user: Value<'a>,
    source: Value<'a>,
    fingerprint: Value<'a>,
    method: Value<'a>,
    duplicate: Option<Key>,
}

/// The value of a field as JSON has it.
#[derive(Default)]
enum Value<'a> {
    /// The object has no such field.
    #[default]
    Missing,
    Null,
    Text(Cow<'a, str>),
    Wrong(&'static str),
}

#[derive(Clone, Copy)]
enum Key {
    Activity,
    Arn,
    Session,
    User,
    Source,
    Fingerprint,
    Method,
    Unknown,
}

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Activity => "activity-type",
            Self::Arn => "resource-arn",
            Self::Session => "session-id",
            Self::User => "user",
            Self::Source => "source-ip",
            Self::Fingerprint => "ssh-public-key-fingerprint",
            Self::Method => "method",
            Self::Unknown => "",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "activity-type" => Self::Activity,
            "resource-arn" => Self::Arn,
            "session-id" => Self::Session,
            "user" => Self::User,
            "source-ip" => Self::Source,
            "ssh-public-key-fingerprint" => Self::Fingerprint,
            "method" => Self::Method,
            _ => Self::Unknown,
        }
    }

    const fn field(self, value: fields::Value<'_>) -> fields::Field<'_> {
        fields::Field { name: self.name(), value }
    }
}

impl<'a> Message<'a> {
    fn slot(&mut self, key: Key) -> Option<&mut Value<'a>> {
        match key {
            Key::Activity => Some(&mut self.activity),
            Key::Arn => Some(&mut self.arn),
            Key::Session => Some(&mut self.session),
            Key::User => Some(&mut self.user),
            Key::Source => Some(&mut self.source),
            Key::Fingerprint => Some(&mut self.fingerprint),
            Key::Method => Some(&mut self.method),
            Key::Unknown => None,
        }
    }
}

impl Value<'_> {
    fn raw(&self) -> fields::Value<'_> {
        match self {
            Self::Missing | Self::Null => fields::Value::Absent,
            Self::Text(text) => fields::Value::text(Some(text)),
            Self::Wrong(found) => fields::Value::Wrong(found),
        }
    }
}

impl<'de> Deserialize<'de> for Message<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MessageVisitor)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Message<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Message<'de>, A::Error> {
        let mut message = Message::default();
        while let Some(key) = map.next_key::<Key>()? {
            let Some(slot) = message.slot(key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let seen = !matches!(slot, Value::Missing);
            *slot = map.next_value()?;
            if seen {
                message.duplicate = Some(key);
            }
        }
        Ok(message)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(Key::named(name))
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Wrong("a boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<'de>, E> {
        Ok(Value::Wrong("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value<'de>, E> {
        Ok(Value::Wrong("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Wrong("a number"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Wrong("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Wrong("an object"))
    }
}
