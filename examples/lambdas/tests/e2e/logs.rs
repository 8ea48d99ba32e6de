//! Log messages, and how they reach the tracker.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use session_limit_harness::payloads::encode;

use crate::deployment::SERVER;
use crate::tools::now;

/// A session id that no other session has.
pub(crate) fn new_session() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn connected(user: &str, session: &str) -> String {
    message("CONNECTED", session, json!({"user": user, "source-ip": "192.0.2.1"}))
}

pub(crate) fn disconnected(session: &str) -> String {
    message("DISCONNECTED", session, json!({}))
}

pub(crate) fn message(activity: &str, session: &str, more: Value) -> String {
    let arn = format!("arn:aws:transfer:us-east-1:123456789012:server/{SERVER}");
    let mut message =
        json!({"activity-type": activity, "session-id": session, "resource-arn": arn});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message.to_string()
}

/// The event by which CloudWatch Logs delivers `messages`.
pub(crate) fn payload<T: AsRef<str>>(messages: &[T]) -> Value {
    let events: Vec<_> = messages
        .iter()
        .map(|text| json!({"id": "1", "timestamp": now(), "message": text.as_ref()}))
        .collect();
    let batch = json!({"messageType": "DATA_MESSAGE", "owner": "123456789012",
        "logGroup": format!("/aws/transfer/{SERVER}"), "logStream": "x",
        "subscriptionFilters": ["x"], "logEvents": events});
    encoded(batch.to_string().as_bytes())
}

pub(crate) fn encoded(bytes: &[u8]) -> Value {
    json!({"awslogs": {"data": encode(bytes)}})
}

/// Events that Lambda gave up on, as they come out of the queue that they went to.
pub(crate) fn queued(events: &[Value]) -> Value {
    let records: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(n, event)| {
            let wrapped = json!({"version": "1.0",
                "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
                "requestPayload": event, "responseContext": {"functionError": "Unhandled"}});
            json!({"messageId": format!("message-{n}"), "body": wrapped.to_string(),
                "eventSource": "aws:sqs"})
        })
        .collect();
    json!({"Records": records})
}
