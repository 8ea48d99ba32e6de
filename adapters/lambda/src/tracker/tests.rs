use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, LeaseLedger, LeaseSettings,
};
use session_limit_core::store::MemoryStore;

use super::*;

const ORIGIN: LogOrigin<'_> = LogOrigin { log_group: "/aws/transfer/s-1234", log_stream: "x" };

type Lines = Arc<Mutex<Vec<Value>>>;

fn tracker<L: Ledger>(ledger: L) -> (Tracker<L>, Lines) {
    let lines = Lines::default();
    let sink = Arc::clone(&lines);
    let sink =
        Sink::new(move |line| sink.lock().unwrap().push(serde_json::from_str(line).unwrap()));
    (Tracker::new(ledger).with_metrics(sink), lines)
}

fn leases() -> LeaseLedger<MemoryStore> {
    LeaseLedger::new(MemoryStore::new(), LeaseSettings::default())
}

fn invocation() -> Invocation {
    let deadline = clock::now().after(Duration::from_secs(10));
    Invocation { request_id: "a".into(), deadline }
}

fn event(activity: &str, session: &str) -> String {
    json!({"activity-type": activity, "session-id": session, "user": "bob",
        "resource-arn": "arn:aws:transfer:us-east-1:123456789012:server/s-1234"})
    .to_string()
}

/// A ledger for one kind of answer.
struct Answering(Option<StoreError>);

impl Ledger for Answering {
    async fn admit(&self, _: &AdmissionRequest, _: Timestamp) -> Result<Admission, LedgerError> {
        std::future::pending().await
    }

    async fn roll_back(
        &self,
        _: &AdmissionRequest,
        _: Admitted,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        std::future::pending().await
    }

    async fn observe(&self, _: &SessionEvent, _: Timestamp) -> Result<Observation, LedgerError> {
        match self.0.clone() {
            Some(error) => Err(error.into()),
            None => std::future::pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_applied_and_counted() {
    let (tracker, lines) = tracker(leases());
    let mut batch = tracker.batch(&invocation());
    for message in [
        event("CONNECTED", "1"),
        event("CONNECTED", "1"),
        "garbage".to_owned(),
        event("OPEN", "1"),
        event("KEX_FAILURE", ""),
        event("AUTH_FAILURE", ""),
        event("DISCONNECTED", "1"),
        event("EXIT_REASON", "1"),
    ] {
        batch.message(message.as_bytes(), clock::now(), ORIGIN).await.unwrap();
    }
    batch.undecodable("cut off");
    assert_eq!(batch.not_applied(), 0);
    drop(batch);
    let lines = lines.lock().unwrap();
    let [without, with] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(with["ServerId"], "s-1234");
    for (line, metric, count) in [
        (with, "EventsConnected", 2),
        (with, "EventsEnded", 2),
        (with, "EventsActivity", 1),
        (with, "EventsAuthFailure", 1),
        (with, "EventsDuplicate", 2),
        (with, "SessionsStarted", 1),
        (with, "SessionsEnded", 1),
        (without, "EventsOther", 1),
        (without, "MessagesUnparsable", 1),
        (without, "PayloadsUndecodable", 1),
    ] {
        assert_eq!(line[metric], count, "{metric}: {lines:?}");
    }
    assert_eq!(with["StoreLatency"].as_array().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn only_a_failure_of_the_store_that_may_pass_fails_a_batch() {
    for (error, again, metric) in [
        (StoreError::Unavailable("down".into()), true, "EventsNotApplied"),
        (StoreError::Ambiguous("lost".into()), true, "EventsNotApplied"),
        (StoreError::Corrupt("odd".into()), false, "EventsSkipped"),
        (StoreError::Rejected("long".into()), false, "EventsSkipped"),
    ] {
        let (tracker, lines) = tracker(Answering(Some(error)));
        let mut batch = tracker.batch(&invocation());
        let message = event("DISCONNECTED", "1");
        let taken = batch.message(message.as_bytes(), clock::now(), ORIGIN).await;
        assert_eq!(taken.is_err(), again);
        assert_eq!(batch.not_applied(), u32::from(again));
        drop(batch);
        assert_eq!(lines.lock().unwrap()[0][metric], 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_ends_before_the_deadline() {
    let (tracker, _) = tracker(Answering(None));
    let mut batch = tracker.batch(&invocation());
    let start = Instant::now();
    for _ in 0..3 {
        let message = event("DISCONNECTED", "1");
        batch.message(message.as_bytes(), clock::now(), ORIGIN).await.unwrap_err();
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
