//! Makes payloads and reads them.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use session_limit_cloudwatch_logs::{Bounds, Payload, Summary};

pub(crate) const GROUP: &str = "/aws/transfer/s-3fe215d89f074ed2a";
pub(crate) const STREAM: &str = "log-me.9ca9a0e1cec6ad9d";

/// A message as it was handed out: its text, its time, its log group and its log stream.
pub(crate) type Message = (String, u64, String, String);

/// A document as CloudWatch Logs writes it, with log events given as JSON text.
pub(crate) fn document(events: &str) -> String {
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"{GROUP}","logStream":"{STREAM}","subscriptionFilters":["f"],"logEvents":[{events}]}}"#
    )
}

/// A log event as JSON text.
pub(crate) fn event(timestamp: u64, message: &str) -> String {
    let message = serde_json::Value::from(message);
    format!(r#"{{"id":"36","timestamp":{timestamp},"message":{message}}}"#)
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn encode(document: impl AsRef<[u8]>) -> String {
    base64(&gzip(document.as_ref()))
}

/// The event of a subscription filter.
pub(crate) fn invocation(document: impl AsRef<[u8]>) -> String {
    format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, encode(document))
}

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
