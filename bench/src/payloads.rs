//! Payloads of CloudWatch Logs, and three ways to read them: the tracker's, the least that any
//! reader has to do, and the easy one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Value, json};
use session_limit_cloudwatch_logs::Delivery;
use session_limit_core::event::LogEntry;
use session_limit_core::time::Timestamp;

use crate::logins::SERVER;

/// The two forms of a log message: JSON, and a line of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Form {
    Structured,
    Legacy,
}

/// Both forms.
pub const FORMS: [Form; 2] = [Form::Structured, Form::Legacy];

/// The event that delivers the messages of these numbers, logged at `at`: of sessions that connect,
/// open and close a file, and end, four messages each. Fields and their order are those of the service's
/// documentation, so that a reader finds out late what a message is about.
pub fn event(form: Form, numbers: Range<usize>, at: Timestamp) -> String {
    let events = numbers.map(|n| {
        let (id, at) = (format!("{:056}", 37_000_000_000_000_000_usize + n), at.as_millis());
        let message = Value::from(message(form, n));
        format!(r#"{{"id":"{id}","timestamp":{at},"message":{message}}}"#)
    });
    // The header first, as the service writes it: a reader that knows it has read it all need not
    // look for more behind the events.
    let batch = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/aws/transfer/{SERVER}","logStream":"user-00001","subscriptionFilters":["session-tracker"],"logEvents":[{}]}}"#,
        events.collect::<Vec<_>>().join(",")
    );
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let written = gzip.write_all(batch.as_bytes());
    let zipped = written.and_then(|()| gzip.finish()).unwrap_or_default();
    json!({"awslogs": {"data": STANDARD.encode(zipped)}}).to_string()
}

fn message(form: Form, number: usize) -> String {
    let messages = match form {
        Form::Structured => include_str!("../messages/structured.jsonl"),
        Form::Legacy => include_str!("../messages/legacy.txt"),
    };
    let message = messages.lines().nth(number % 4).unwrap_or_default();
    message
        .replace("{user}", &format!("user-{:05}", number % 50))
        .replace("{session}", &format!("{:016x}", number / 4))
        .replace("{number}", &number.to_string())
}

/// The number of messages about a session, as the tracker reads them.
pub fn read_as_tracker(event: &[u8], _: Form) -> usize {
    let Ok(Delivery::Payload(payload)) = Delivery::parse(event) else { return 0 };
    let mut messages = payload.messages();
    let mut sessions = 0;
    while let Some(message) = messages.next_message() {
        sessions += usize::from(matches!(message.parse(), Ok(LogEntry::Session(_))));
    }
    sessions
}

/// The text of a payload, all at once: base64 and gzip undone. Nobody can be quicker: the buffer is
/// made once, as long as the end of gzip says, and filled in one go. The tracker must not believe
/// that length, since strangers may have written it.
fn gunzip(event: &[u8]) -> Vec<u8> {
    type Object<'a, T> = BTreeMap<&'a str, T>;
    let event: Object<'_, Object<'_, &str>> = serde_json::from_slice(event).unwrap_or_default();
    let data = event.get("awslogs").and_then(|logs| logs.get("data"));
    let zipped = data.and_then(|data| STANDARD.decode(data).ok()).unwrap_or_default();
    let len = zipped.last_chunk().map_or(0, |len| u32::from_le_bytes(*len) as usize);
    let mut text = vec![0; len];
    let mut gzip = GzDecoder::new(zipped.as_slice());
    // The second read finds the end, where the checksum is.
    match gzip.read_exact(&mut text).and_then(|()| gzip.read_to_end(&mut text)) {
        Ok(_) => text,
        Err(_) => Vec::new(),
    }
}

/// The least that a reader of both levels has to do: whatever can be borrowed is, and nothing is
/// checked. Of legacy text, the second level is the words of a line.
pub fn read_borrowed(event: &[u8], form: Form) -> usize {
    let text = gunzip(event);
    // Looked through once, and not string by string.
    let Ok(text) = std::str::from_utf8(&text) else { return 0 };
    let Ok(batch) = serde_json::from_str::<Batch<'_>>(text) else { return 0 };
    let read = |event: &LogEvent<'_>| match form {
        Form::Structured => serde_json::from_str::<Fields<'_>>(&event.message)
            .is_ok_and(|fields| !fields.activity.0.is_empty() && event.timestamp > 0),
        Form::Legacy => event.message.split_ascii_whitespace().count() > 1 && event.timestamp > 0,
    };
    batch.events.iter().filter(|event| read(event)).count()
}

/// The easy way: a generic value of each level.
pub fn read_as_value(event: &[u8], form: Form) -> usize {
    let Ok(batch) = serde_json::from_slice::<Value>(&gunzip(event)) else { return 0 };
    let events = batch["logEvents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let read = |event: &Value| {
        let Some(message) = event["message"].as_str() else { return false };
        match form {
            Form::Structured => serde_json::from_str::<Value>(message)
                .is_ok_and(|fields| fields["activity-type"].is_string()),
            Form::Legacy => message.split(' ').collect::<Vec<_>>().len() > 1,
        }
    };
    events.iter().filter(|event| read(event)).count()
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow, rename = "logEvents")]
    events: Vec<LogEvent<'a>>,
}

/// A message has quotes in it, so that its text cannot be borrowed.
#[derive(Deserialize)]
struct LogEvent<'a> {
    timestamp: u64,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// The fields of a structured message that a tracker needs.
#[derive(Deserialize)]
#[expect(dead_code, reason = "they are read to be measured")]
struct Fields<'a> {
    #[serde(borrow, rename = "activity-type")]
    activity: Text<'a>,
    #[serde(borrow, rename = "session-id")]
    session: Text<'a>,
    #[serde(borrow, rename = "resource-arn")]
    arn: Text<'a>,
    #[serde(borrow)]
    user: Option<Text<'a>>,
    #[serde(borrow, rename = "source-ip")]
    source: Option<Text<'a>>,
    #[serde(borrow, rename = "ssh-public-key-fingerprint")]
    fingerprint: Option<Text<'a>>,
    #[serde(borrow)]
    method: Option<Text<'a>>,
}

/// Serde borrows the text of a `Cow` only where it is a field itself, not in an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logins::NOW;

    #[test]
    fn all_ways_read_all_messages() {
        for form in FORMS {
            for read in [read_as_tracker, read_borrowed, read_as_value] {
                assert_eq!(read(event(form, 0..100, NOW).as_bytes(), form), 100, "{form:?}");
            }
        }
    }
}
