use std::io::Write;
use std::str::Utf8Error;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use session_limit_cloudwatch_logs::{Bounds, Delivery, Payload, Summary};
use session_limit_core::event::LogOrigin;

/// Checks the JSON document that a payload inflates to.
///
/// Its messages are the same however Lambda wraps the payload. With less memory or less of the
/// document, they are the first of these. A second reader, which reads all of it at once, finds the
/// same messages.
pub fn document(document: &[u8]) {
    let data = STANDARD.encode(gzip(document));
    let payload = json!({"awslogs": {"data": data}});
    let (messages, summary) = read(&Payload::new(&*data), Bounds::default());
    for event in [
        payload.clone(),
        json!({"version": "1.0", "requestPayload": payload}),
        json!({"Records": [{"messageId": "1", "body": payload.to_string()}]}),
    ] {
        assert_eq!(read_event(&event), (messages.clone(), summary));
    }
    let half = document.len() as u64 / 2;
    for bounds in
        [Bounds { inflated: half, ..Bounds::default() }, Bounds { event: 128, ..Bounds::default() }]
    {
        let (first, _) = read(&Payload::new(&*data), bounds);
        // Where they come from, and that it is a control message, may stand behind the bound.
        let without_origin = |messages: &[Message]| -> Vec<_> {
            messages.iter().map(|(text, at, ..)| (text.clone(), *at)).collect()
        };
        let expected = messages.get(..first.len()).map(without_origin);
        assert!(summary.control || expected == Some(without_origin(&first)), "with {bounds:?}");
    }
    if let Some(expected) = read_at_once(document) {
        assert_eq!(summary.cut_off, None);
        assert_eq!(messages, expected);
    }
}

/// The text of a message, its time, its log group and its log stream.
type Message = (Result<String, Utf8Error>, u64, String, String);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}

fn read_event(event: &Value) -> (Vec<Message>, Summary) {
    let event = event.to_string();
    match Delivery::parse(event.as_bytes()).expect("it is a delivery") {
        Delivery::Payload(payload) => read(&payload, Bounds::default()),
        Delivery::Queue(batch) => {
            let record = batch.records().next().expect("one record").expect("it is a record");
            read(&record.payload().expect("it is a payload"), Bounds::default())
        }
    }
}

fn read(payload: &Payload<'_>, bounds: Bounds) -> (Vec<Message>, Summary) {
    let mut messages = payload.messages_within(bounds);
    let mut found = Vec::new();
    while let Some(message) = messages.next_message() {
        let LogOrigin { log_group, log_stream } = message.origin;
        let (group, stream) = (log_group.to_owned(), log_stream.to_owned());
        found.push((message.text.map(str::to_owned), message.at.as_millis(), group, stream));
    }
    (found, messages.summary())
}

/// A document whose fields are all of the right kind and are there once.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    message_type: String,
    log_group: String,
    log_stream: String,
    #[serde(borrow)]
    log_events: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct LogEvent {
    timestamp: u64,
    message: String,
}

/// The messages of an ordinary document.
fn read_at_once(document: &[u8]) -> Option<Vec<Message>> {
    let is_object = document.trim_ascii_start().first() == Some(&b'{');
    let read: Document<'_> = serde_json::from_slice(document).ok().filter(|_| is_object)?;
    if read.message_type == "CONTROL_MESSAGE" {
        return Some(Vec::new());
    }
    let message = |event: &&RawValue| {
        let is_object = event.get().starts_with('{');
        let event: LogEvent = serde_json::from_str(event.get()).ok().filter(|_| is_object)?;
        let (group, stream) = (read.log_group.clone(), read.log_stream.clone());
        Some((Ok(event.message), event.timestamp, group, stream))
    };
    read.log_events.iter().map(message).collect()
}
