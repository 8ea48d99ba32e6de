//! Payloads as CloudWatch Logs delivers them.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The log group of [`document`].
pub const GROUP: &str = "/aws/transfer/s-3fe215d89f074ed2a";
/// The log stream of [`document`].
pub const STREAM: &str = "log-me.9ca9a0e1cec6ad9d";

/// A document as CloudWatch Logs writes it, with log events given as JSON text.
#[must_use]
pub fn document(events: &str) -> String {
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"{GROUP}","logStream":"{STREAM}","subscriptionFilters":["f"],"logEvents":[{events}]}}"#
    )
}

/// A log event as JSON text.
#[must_use]
pub fn event(timestamp: u64, message: &str) -> String {
    let message = serde_json::Value::from(message);
    format!(r#"{{"id":"36","timestamp":{timestamp},"message":{message}}}"#)
}

/// Compresses the bytes.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Encodes the bytes as text.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The field `data` of an event with this document.
pub fn encode(document: impl AsRef<[u8]>) -> String {
    base64(&gzip(document.as_ref()))
}

/// The event by which a subscription filter delivers this document.
pub fn invocation(document: impl AsRef<[u8]>) -> String {
    format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, encode(document))
}
