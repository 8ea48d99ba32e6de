use session_limit_cloudwatch_logs::{Bounds, Delivery, Payload, QueueRecord};

use crate::marks::check_errors_show_no_value;

/// Small, so that a payload which inflates to very much does not take long.
const BOUNDS: Bounds = Bounds { inflated: 1 << 20, event: 64 << 10, until: None };

/// What a function that receives log messages is invoked with: JSON, base64, gzip and JSON again.
///
/// Reading ends, whatever it is, and stays within its bounds; and no error shows what stands in the
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

/// Why the event is no delivery, or a record of it none.
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
