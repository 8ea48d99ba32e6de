use session_limit_cloudwatch_logs::{Bounds, Delivery, Payload, QueueRecord};

use crate::marks::check_errors_show_no_value;

/// The bounds, which are small, so that a payload that inflates to very much does not take long.
const BOUNDS: Bounds = Bounds { inflated: 1 << 20, event: 64 << 10, until: None };

/// Checks the event by which a function receives log messages: JSON, base64, gzip and JSON again.
///
/// Reading ends, whatever the bytes are, and stays within its bounds. No error shows a part of the
/// event.
pub fn delivery(event: &[u8]) {
    match Delivery::parse(event) {
        Ok(Delivery::Payload(payload)) => read(&payload),
        Ok(Delivery::Queue(batch)) => {
            for record in batch.records().flatten() {
                if let Ok(payload) = record.payload() {
                    read(&payload);
                }
            }
        }
        Err(_) => {}
    }
    check_errors_show_no_value(event, errors);
}

/// The errors of an event that is no delivery, or of its records that are none.
fn errors(event: &[u8]) -> Vec<String> {
    match Delivery::parse(event) {
        Ok(Delivery::Payload(_)) => Vec::new(),
        Ok(Delivery::Queue(batch)) => {
            let error = |record: Result<QueueRecord<'_>, _>| {
                record.and_then(|r| r.payload().map(drop)).err()
            };
            batch.records().filter_map(error).map(|error| error.to_string()).collect()
        }
        Err(error) => vec![error.to_string()],
    }
}

fn read(payload: &Payload<'_>) {
    let mut messages = payload.messages_within(BOUNDS);
    let (mut count, mut bytes) = (0, 0);
    while let Some(message) = messages.next_message() {
        count += 1;
        let length = message.text.map_or(0, str::len);
        bytes += length as u64;
        assert!(length <= BOUNDS.event);
        let _ = message.parse();
    }
    assert!(messages.next_message().is_none(), "the end is the end");
    assert_eq!(messages.summary().messages, count);
    assert!(bytes <= BOUNDS.inflated);
}
