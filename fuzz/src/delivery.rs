use session_limit_cloudwatch_logs::{Bounds, Delivery, Payload};

/// Small, so that a payload which inflates to very much does not take long.
const BOUNDS: Bounds = Bounds { inflated: 1 << 20, event: 64 << 10, until: None };

/// What a function that receives log messages is invoked with: JSON, base64, gzip and JSON again.
///
/// Reading ends, whatever it is, and stays within its bounds.
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
        Err(error) => assert!(error.to_string().is_ascii(), "an error shows a value: {error}"),
    }
}

fn read(payload: &Payload<'_>) {
    let mut messages = payload.messages_within(BOUNDS);
    let (mut count, mut bytes) = (0, 0);
    while let Some(message) = messages.next_message() {
        count += 1;
        bytes += message.text.len() as u64;
        assert!(message.text.len() <= BOUNDS.event);
        let _ = message.parse();
    }
    assert!(messages.next_message().is_none(), "the end is the end");
    assert_eq!(messages.summary().messages, count);
    assert!(bytes <= BOUNDS.inflated);
}
