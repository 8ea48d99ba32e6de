//! Every variant of every public error, provoked. `cargo xtask test` checks that none is left out.

#[macro_use]
#[path = "../../../session-limit-core/src/tests/provoked.rs"]
mod provoked;
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use crate::{Bounds, CutOff, Delivery, PayloadError, QueueBatch};
use support::{base64, document, encode, event, gzip, read_data};

#[test]
fn payload_error() {
    let many = format!(r#"{{"Records":[{}0]}}"#, "0,".repeat(QueueBatch::MAX_RECORDS));
    let provoked = ["[]", "{}", &many].map(|event| Delivery::parse(event.as_bytes()).unwrap_err());
    assert_provoked!(PayloadError { NotJson, Unknown, TooManyRecords }, provoked);
}

#[test]
fn cut_off_error() {
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
    .map(|(data, bounds)| read_data(data, bounds).1.cut_off.unwrap());
    assert_provoked!(
        CutOff { NotBase64, NotGzip, Truncated, NotJson, EventTooLarge, TooLarge, NoTime },
        provoked
    );
}
