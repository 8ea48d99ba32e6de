//! Elements of `logEvents`.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::str::Utf8Error;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use session_limit_core::time::Timestamp;

/// Log events that have been read, to be handed out one at a time.
#[derive(Default)]
pub(crate) struct LogEvents {
    /// The texts of those that have one, one behind the other.
    texts: String,
    /// Those to come: the time of each, and the length of its text.
    rest: VecDeque<(Timestamp, Result<usize, Utf8Error>)>,
    /// The length of the text of the one that was handed out last.
    last: Option<Result<usize, Utf8Error>>,
    /// The place in the texts where that one ends.
    end: usize,
}

impl LogEvents {
    /// Hands out the next one: its time.
    pub(crate) fn next(&mut self) -> Option<Timestamp> {
        let (at, length) = self.rest.pop_front()?;
        self.end += length.unwrap_or(0);
        self.last = Some(length);
        Some(at)
    }

    /// The text of the one that was handed out last.
    pub(crate) fn text(&self) -> Result<&str, Utf8Error> {
        let length = self.last.unwrap_or(Ok(0))?;
        Ok(&self.texts[self.end - length..self.end])
    }

    /// Adds one to those to come.
    pub(crate) fn push(&mut self, One(at, text): One) {
        let text = std::str::from_utf8(&text);
        self.texts += text.unwrap_or("");
        self.rest.push_back((at, text.map(str::len)));
    }

    /// Forgets all of them, and keeps their room.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.rest.clear();
        (self.last, self.end) = (None, 0);
    }
}

/// Reads all of an array, in the place of those that were handed out, if the texts of all are UTF-8.
/// They go straight behind each other, and not through memory of their own.
impl<'de> DeserializeSeed<'de> for &mut LogEvents {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.clear();
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut LogEvents {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("log events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> Result<(), A::Error> {
        while let Some((at, length)) =
            events.next_element_seed(LogEvent(Append(&mut self.texts)))?
        {
            self.rest.push_back((at, Ok(length)));
        }
        Ok(())
    }
}

/// One log event: its time, and its text, which need not be UTF-8. A bad character spoils one message,
/// not the payload.
pub(crate) struct One(Timestamp, Vec<u8>);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, Bytes(text)) = LogEvent(PhantomData).deserialize(deserializer)?;
        Ok(Self(at, text))
    }
}

/// Reads a log event, and its text by the seed that is in here.
struct LogEvent<T>(T);

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for LogEvent<T> {
    type Value = (Timestamp, T::Value);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeSeed<'de>> Visitor<'de> for LogEvent<T> {
    type Value = (Timestamp, T::Value);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a log event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut text = Some(self.0);
        let (mut timestamp, mut message) = (None, None);
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Timestamp if timestamp.is_some() => {
                    return Err(Error::duplicate_field("timestamp"));
                }
                Field::Timestamp => timestamp = Some(fields.next_value()?),
                Field::Message => {
                    let text = text.take().ok_or_else(|| Error::duplicate_field("message"))?;
                    message = Some(fields.next_value_seed(text)?);
                }
                Field::Other => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok((
            timestamp.ok_or_else(|| Error::missing_field("timestamp"))?,
            message.ok_or_else(|| Error::missing_field("message"))?,
        ))
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Timestamp,
    Message,
    #[serde(other)]
    Other,
}

/// Reads a text behind others, and answers its length.
struct Append<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Append<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<usize, E> {
        self.0.push_str(text);
        Ok(text.len())
    }
}

/// A JSON string that need not be UTF-8.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(text.to_owned()))
    }
}
