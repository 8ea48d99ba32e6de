//! Elements of `logEvents`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use session_limit_core::time::Timestamp;

/// Log events that have been read, to be handed out one at a time.
#[derive(Default)]
pub(crate) struct LogEvents {
    /// Their texts, one behind the other.
    texts: Vec<u8>,
    /// Those to come: the time of each, and the length of its text.
    rest: VecDeque<(Timestamp, usize)>,
    /// Where the text of the last one lies that was handed out.
    text: Range<usize>,
}

impl LogEvents {
    /// Hands out the next one: its time.
    pub(crate) fn next(&mut self) -> Option<Timestamp> {
        let (at, length) = self.rest.pop_front()?;
        self.text = self.text.end..self.text.end + length;
        Some(at)
    }

    /// The text of the one that was handed out last.
    pub(crate) fn text(&self) -> &[u8] {
        &self.texts[self.text.clone()]
    }

    /// Adds one to those to come.
    pub(crate) fn push(&mut self, LogEvent { timestamp, message: Text(text) }: LogEvent<'_>) {
        self.texts.extend_from_slice(&text);
        self.rest.push_back((timestamp, text.len()));
    }

    /// Forgets all of them, and keeps their room.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.rest.clear();
        self.text = 0..0;
    }
}

/// Reads all of an array, in the place of those that were handed out.
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
        while let Some(event) = events.next_element()? {
            self.push(event);
        }
        Ok(())
    }
}

/// A log event.
#[derive(Deserialize)]
pub(crate) struct LogEvent<'a> {
    timestamp: Timestamp,
    #[serde(borrow)]
    message: Text<'a>,
}

/// A log event that borrows nothing.
pub(crate) struct Owned(pub(crate) LogEvent<'static>);

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let LogEvent { timestamp, message: Text(text) } = LogEvent::deserialize(deserializer)?;
        let message = Text(text.into_owned().into());
        Ok(Self(LogEvent { timestamp, message }))
    }
}

/// A JSON string that need not be UTF-8: a bad character spoils one message, not the payload.
struct Text<'a>(Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> Result<Text<'de>, E> {
        Ok(Text(text.into()))
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<Text<'de>, E> {
        Ok(Text(text.to_owned().into()))
    }
}
