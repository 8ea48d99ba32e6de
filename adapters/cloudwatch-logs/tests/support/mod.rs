//! Reads payloads.

use session_limit_cloudwatch_logs::{Bounds, Payload, Summary};
use session_limit_harness::payloads::encode;

/// A message as it was handed out: its text, its time, its log group and its log stream.
pub(crate) type Message = (String, u64, String, String);

/// All messages of a document, and what became of it.
pub(crate) fn read(document: impl AsRef<[u8]>) -> (Vec<Message>, Summary) {
    read_data(&encode(document), Bounds::default())
}

pub(crate) fn read_data(data: &str, bounds: Bounds) -> (Vec<Message>, Summary) {
    let payload = Payload::new(data);
    let mut messages = payload.messages_within(bounds);
    let mut found = Vec::new();
    while let Some(message) = messages.next_message() {
        found.push((
            message.text.map_or_else(|error| error.to_string(), str::to_owned),
            message.at.as_millis(),
            message.origin.log_group.to_owned(),
            message.origin.log_stream.to_owned(),
        ));
    }
    assert!(messages.next_message().is_none(), "the end is the end");
    (found, messages.summary())
}

/// The texts alone.
pub(crate) fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|(text, ..)| text.as_str()).collect()
}
