//! Every variant of every public error, provoked. `cargo xtask test` checks that none is left out.

use std::time::Instant;

use session_limit_harness::assert_provoked;
use session_limit_harness::payloads::{base64, document, encode, event, gzip};

use crate::{Bounds, CutOff, Delivery, Payload, PayloadError, QueueBatch};

#[test]
fn payload_error() {
    let many = format!(r#"{{"Records":[{}0]}}"#, "0,".repeat(QueueBatch::MAX_RECORDS));
    let provoked = ["[]", "{}", &many].map(|event| Delivery::parse(event.as_bytes()).unwrap_err());
    assert_provoked!(PayloadError { NotJson, Unknown, TooManyRecords }, provoked);
}

#[test]
fn cut_off_error() {
    let cut_off = |data: &str, bounds| {
        let payload = Payload::new(data);
        let mut messages = payload.messages_within(bounds);
        while messages.next_message().is_some() {}
        messages.summary().cut_off.unwrap()
    };
    let document = document(&event(1, "one"));
    let all = Bounds::default();
    let whole = gzip(document.as_bytes());
    let provoked = [
        ("!", all),
        (&base64(document.as_bytes()), all),
        (&base64(&whole[..whole.len() / 2]), all),
        (&encode("[]"), all),
        (&encode(&document), Bounds { event: 10, ..all }),
        (&encode(&document), Bounds { inflated: 10, ..all }),
        (&encode(&document), Bounds { until: Some(Instant::now()), ..all }),
    ]
    .map(|(data, bounds)| cut_off(data, bounds));
    assert_provoked!(
        CutOff { NotBase64, NotGzip, Truncated, NotJson, EventTooLarge, TooLarge, NoTime },
        provoked
    );
}
