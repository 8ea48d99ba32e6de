//! One element of `logEvents`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use session_limit_core::time::Timestamp;

/// A log event.
#[derive(Deserialize)]
pub(crate) struct LogEvent {
    pub(crate) timestamp: Timestamp,
    pub(crate) message: Text,
}

/// A JSON string that need not be UTF-8: a bad character spoils one message, not the payload.
#[derive(Default)]
pub(crate) struct Text(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }
}
