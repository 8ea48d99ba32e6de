//! Log messages as CloudWatch Logs and queues deliver them.

use session_limit_harness::payloads;

use super::*;

/// The event by which CloudWatch Logs delivers one message.
fn delivered(activity: &str) -> String {
    let at = clock::now().as_millis();
    payloads::invocation(payloads::document(&payloads::event(at, &event(activity, "1"))))
}

/// The event by which a queue delivers these.
fn queued(bodies: &[&str]) -> String {
    let records = bodies.iter().enumerate();
    let records: Vec<_> =
        records.map(|(n, body)| json!({"messageId": format!("m-{n}"), "body": body})).collect();
    json!({"Records": records}).to_string()
}

#[tokio::test(start_paused = true)]
async fn what_a_subscription_delivers_is_applied() {
    let (tracker, lines) = tracker(leases());
    for activity in ["CONNECTED", "DISCONNECTED"] {
        tracker.take(delivered(activity).as_bytes(), &invocation()).await.unwrap();
    }
    let lines = lines.lock().unwrap();
    assert_eq!((&lines[0]["SessionsStarted"], &lines[1]["SessionsEnded"]), (&json!(1), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn only_what_was_not_applied_is_asked_for_again() {
    let (tracker, _) = tracker(Answering(Some(StoreError::Unavailable("down".into()))));
    let event = delivered("DISCONNECTED");
    tracker.take(event.as_bytes(), &invocation()).await.unwrap_err();
    let queue = queued(&["garbage", &event, "{}"]);
    let answer = tracker.take(queue.as_bytes(), &invocation()).await.unwrap();
    assert_eq!(json!(answer), json!({"batchItemFailures": [{"itemIdentifier": "m-1"}]}));
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_read_is_acknowledged() {
    let cut_off = payloads::invocation(r#"{"logEvents":["#);
    let no_event = payloads::invocation(payloads::document("1"));
    for event in ["null", "{}", &cut_off, &no_event] {
        let (tracker, lines) = tracker(leases());
        let answer = tracker.take(event.as_bytes(), &invocation()).await.unwrap();
        assert_eq!(json!(answer), json!({"batchItemFailures": []}), "{event}");
        assert_eq!(lines.lock().unwrap()[0]["PayloadsUndecodable"], 1, "{event}");
    }
}
