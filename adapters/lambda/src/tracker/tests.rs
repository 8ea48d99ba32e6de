#[cfg(feature = "cloudwatch-logs")]
mod delivery;
mod starts;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use session_limit_core::event::LogOrigin;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, LeaseLedger, LeaseSettings,
};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

use super::*;
use crate::logging::tests::logged;

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
        batch.message(LogEntry::parse(&message, clock::now(), ORIGIN)).await.unwrap();
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
    assert!(with["StoreLatency"].is_null(), "the store in memory keeps nobody waiting");
}

/// Every effect has its own line in the log and its own metrics.
#[test]
fn what_is_late_or_in_the_wrong_order_is_no_duplicate() {
    let now = clock::now();
    let old = now.before(Duration::from_secs(25 * 60 * 60));
    let mut metrics = Value::Null;
    let log = logged("info", || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (tracker, lines) = tracker(leases());
            let mut batch = tracker.batch(&invocation());
            for (activity, session, at) in [
                ("DISCONNECTED", "reordered", now),
                ("CONNECTED", "reordered", now),
                ("CONNECTED", "reordered", now),
                ("OPEN", "adopted", now),
                ("CONNECTED", "old", old),
                ("CONNECTED", "plain", now),
                ("DISCONNECTED", "plain", now.after(Duration::from_millis(1))),
                ("DISCONNECTED", "plain", now),
            ] {
                let message = event(activity, session);
                batch.message(LogEntry::parse(&message, at, ORIGIN)).await.unwrap();
            }
            drop(batch);
            metrics = lines.lock().unwrap()[0].take();
        });
    });
    let told: Vec<_> = log.iter().map(|line| line["effect"].as_str().unwrap()).collect();
    assert_eq!(
        told,
        [
            "ended before it was known",
            "started, had ended before",
            "counted since it is active",
            "started too long ago to count",
            "started",
            "ended",
        ]
    );
    let lasted: Vec<_> = log.iter().map(|line| line["lasted_ms"].as_u64()).collect();
    assert_eq!(lasted, [None, None, None, None, None, Some(1)]);
    for (metric, count) in [
        ("EventsUnknownSession", 1),
        ("EventsReordered", 1),
        ("EventsTooLate", 1),
        ("EventsDuplicate", 2),
        ("SessionsStarted", 2),
        ("SessionsEnded", 2),
        ("SessionsRenewed", 1),
    ] {
        assert_eq!(metrics[metric], count, "{metric}: {metrics}");
    }
}

/// As in a store whose values are so short that a few sessions fill a table.
#[test]
fn a_session_for_which_there_is_no_room_is_a_warning() {
    let mut metrics = Value::Null;
    let log = logged("warn", || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let store = MemoryStore::with_max_value_len(1_024);
            let (tracker, lines) = tracker(LeaseLedger::new(store, LeaseSettings::default()));
            let mut batch = tracker.batch(&invocation());
            for session in 0..40 {
                let message = event("CONNECTED", &format!("session-{session}"));
                batch.message(LogEntry::parse(&message, clock::now(), ORIGIN)).await.unwrap();
            }
            drop(batch);
            metrics = lines.lock().unwrap()[0].take();
        });
    });
    let (started, skipped) = (&metrics["SessionsStarted"], &metrics["EventsSkipped"]);
    let [started, skipped] = [started, skipped].map(|count| count.as_u64().unwrap());
    assert!(started > 0 && skipped > 0 && started + skipped == 40, "{metrics}");
    let full = log.iter().filter(|line| line["effect"] == "not counted, the user's table is full");
    assert_eq!(full.count() as u64, skipped);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_after_the_deadline() {
    for message in ["garbage".to_owned(), event("CONNECTED", "1")] {
        let (tracker, lines) = tracker(leases());
        let mut batch = tracker.batch(&invocation());
        batch.message(LogEntry::parse("garbage", clock::now(), ORIGIN)).await.unwrap();
        tokio::time::advance(Duration::from_secs(10)).await;
        let late =
            batch.message(LogEntry::parse(&message, clock::now(), ORIGIN)).await.unwrap_err();
        assert!(late.to_string().contains("no time"), "{late}");
        assert_eq!(batch.not_applied(), 1);
        drop(batch);
        let line = &lines.lock().unwrap()[0];
        assert_eq!(
            (&line["MessagesUnparsable"], &line["EventsNotApplied"]),
            (&json!(1), &json!(1))
        );
    }
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
        let taken = batch.message(LogEntry::parse(&message, clock::now(), ORIGIN)).await;
        assert_eq!(taken.is_err(), again);
        assert_eq!(batch.not_applied(), u32::from(again));
        drop(batch);
        assert_eq!(lines.lock().unwrap()[0][metric], 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_ends_before_the_deadline() {
    let (tracker, lines) = tracker(Answering(None));
    let mut batch = tracker.batch(&invocation());
    let start = Instant::now();
    for _ in 0..3 {
        let message = event("DISCONNECTED", "1");
        batch.message(LogEntry::parse(&message, clock::now(), ORIGIN)).await.unwrap_err();
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    drop(batch);
    let lines = lines.lock().unwrap();
    let sum = |metric| lines.iter().filter_map(|line| line[metric].as_f64()).sum::<f64>();
    assert_eq!(sum("EventsNotApplied"), 3.0);
    assert!(sum("StoreLatency") >= 1_000.0, "only the first has waited: {lines:?}");
}
