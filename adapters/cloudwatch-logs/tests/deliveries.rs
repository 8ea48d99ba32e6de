//! The events that a function may be invoked with.

use serde_json::{Value, json};
use session_limit_cloudwatch_logs::{BatchResponse, Delivery, Payload, PayloadError, QueueBatch};
use session_limit_harness::payloads::{document, event, invocation};

fn one_message() -> String {
    invocation(document(&event(1, "one")))
}

/// The event that Lambda hands over after its last attempt.
fn given_up(invocation: &str) -> String {
    let payload: Value = serde_json::from_str(invocation).unwrap();
    json!({
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "requestContext": {"requestId": "e4b46cbf", "condition": "RetriesExhausted",
            "approximateInvokeCount": 3},
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "the store is unavailable"}
    })
    .to_string()
}

fn queue(bodies: &[&str]) -> String {
    let records = bodies.iter().enumerate().map(|(n, body)| {
        json!({"messageId": format!("id-{n}"), "receiptHandle": "r", "body": body,
            "attributes": {"ApproximateReceiveCount": "1"}, "eventSource": "aws:sqs"})
    });
    json!({ "Records": records.collect::<Vec<_>>() }).to_string()
}

fn count(payload: &Payload<'_>) -> u64 {
    let mut messages = payload.messages();
    while messages.next_message().is_some() {}
    assert_eq!(messages.summary().cut_off, None);
    messages.summary().messages
}

#[test]
fn an_invocation_is_read_as_it_is_and_as_lambda_wraps_it() {
    let plain = one_message();
    for event in [plain.clone(), given_up(&plain), plain.replace('/', "\\/")] {
        let Delivery::Payload(payload) = Delivery::parse(event.as_bytes()).unwrap() else {
            panic!("{event}")
        };
        assert_eq!(count(&payload), 1, "{event}");
        assert_eq!(count(&Payload::parse(event.as_bytes()).unwrap()), 1, "{event}");
    }
}

#[test]
fn a_queue_is_read_record_by_record() {
    let plain = one_message();
    let bodies = [&*plain, &given_up(&plain), "nonsense", "{}", &plain];
    let event = queue(&bodies);
    let Delivery::Queue(batch) = Delivery::parse(event.as_bytes()).unwrap() else {
        panic!("{event}")
    };
    let records: Vec<_> = batch.records().map(Result::unwrap).collect();
    let counts: Vec<_> = records.iter().map(|record| record.payload().map(|p| count(&p))).collect();
    assert_eq!(counts[..2], [Ok(1), Ok(1)]);
    assert!(matches!(counts[2], Err(PayloadError::NotJson { .. })));
    assert_eq!(counts[3..], [Err(PayloadError::Unknown), Ok(1)]);

    let mut response = BatchResponse::default();
    assert_eq!(serde_json::to_value(&response).unwrap(), json!({"batchItemFailures": []}));
    response.retry(&records[1]);
    response.retry(&records[4]);
    assert_eq!(response.retries(), 2);
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": "id-1"}, {"itemIdentifier": "id-4"}]})
    );
}

#[test]
fn a_record_that_is_none_spoils_no_other() {
    let good = json!({"messageId": "good", "body": one_message()});
    let records = json!([1, null, {}, {"messageId": 1, "body": "x"}, {"messageId": "x"}, good]);
    let event = json!({ "Records": records }).to_string();
    let Delivery::Queue(batch) = Delivery::parse(event.as_bytes()).unwrap() else {
        panic!("{event}")
    };
    let records: Vec<_> = batch.records().collect();
    assert_eq!(records.iter().filter(|record| record.is_err()).count(), 5);
    assert_eq!(records[5].as_ref().unwrap().message_id(), "good");
}

#[test]
fn more_records_than_a_queue_delivers_are_refused() {
    let event = |n| format!(r#"{{"Records":[{}0]}}"#, "0,".repeat(n - 1));
    assert!(Delivery::parse(event(QueueBatch::MAX_RECORDS).as_bytes()).is_ok());
    assert_eq!(
        Delivery::parse(event(QueueBatch::MAX_RECORDS + 1).as_bytes()).unwrap_err(),
        PayloadError::TooManyRecords(10_000)
    );
}

#[test]
fn an_event_of_another_kind_is_refused() {
    for unknown in [
        "{}",
        r#"{"awslogs":null}"#,
        r#"{"awslogs":{}}"#,
        r#"{"awslogs":{"data":null}}"#,
        r#"{"requestPayload":{}}"#,
        r#"{"requestPayload":{"requestPayload":{"awslogs":{"data":""}}}}"#,
        r#"{"Records":null}"#,
        r#"{"detail-type":"Scheduled Event"}"#,
    ] {
        assert_eq!(Delivery::parse(unknown.as_bytes()).unwrap_err(), PayloadError::Unknown);
        assert_eq!(Payload::parse(unknown.as_bytes()).unwrap_err(), PayloadError::Unknown);
    }
    for bad in [
        "",
        " ",
        "null",
        "[]",
        "\"text\"",
        "{",
        "[{\"data\":\"\"}]",
        r#"{"awslogs":7}"#,
        r#"{"awslogs":[""]}"#,
        r#"{"awslogs":{"data":7}}"#,
        r#"{"awslogs":{"data":""},"awslogs":{"data":""}}"#,
        r#"{"requestPayload":"text"}"#,
        r#"{"Records":{}}"#,
    ] {
        let error = Delivery::parse(bad.as_bytes()).unwrap_err();
        assert!(matches!(error, PayloadError::NotJson { .. }), "{bad}: {error}");
    }
    let deep = format!("{{\"a\":{}", "[".repeat(6_000_000));
    assert!(matches!(Delivery::parse(deep.as_bytes()), Err(PayloadError::NotJson { .. })));
}

#[test]
fn errors_and_debug_show_nothing_of_the_event() {
    let error = Delivery::parse(br#"{"awslogs":{"data":{"confidential":1}}}"#).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("confidential"));
    let event = queue(&[r#"{"awslogs":{"data":"confidential"}}"#]);
    let delivery = Delivery::parse(event.as_bytes()).unwrap();
    assert!(!format!("{delivery:?}").contains("confidential"));
    let Delivery::Queue(batch) = &delivery else { panic!() };
    let record = batch.records().next().unwrap().unwrap();
    let debug = format!("{record:?} {:?}", record.payload().unwrap());
    assert!(debug.contains("id-0") && !debug.contains("confidential"), "{debug}");
}
