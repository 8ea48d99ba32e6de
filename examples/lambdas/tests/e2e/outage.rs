//! An outage of the cache that outlasts Lambda's retries.

use std::time::Duration;

use lambda_emulator::Outcome;
use serde_json::{Value, json};
use session_limit_harness::run_within;
use tokio::time::Instant;

use crate::deployment::Deployment;
use crate::logs::{connected, disconnected, encoded, new_session, payload, queued};
use crate::tools::run;

const USER: &str = "limit-3";

fn answer(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Answer(json) => serde_json::from_slice(json).unwrap(),
        other => panic!("{}", other.text()),
    }
}

/// Sessions end one after the other while the cache does not answer for so long.
async fn loses_nothing(ledger: &str, outage: Duration) {
    let settings = [("SESSION_LEDGER", ledger), ("REFUSAL_FLOOR_MS", "0")];
    let deployment = Deployment::plan().start(&settings).await;
    assert_eq!(deployment.logins(USER, 3).await, 3);
    let sessions: Vec<_> = (0..3).map(|_| new_session()).collect();
    let starts: Vec<_> = sessions.iter().map(|id| connected(USER, id)).collect();
    deployment.log_messages(&starts).await;

    deployment.cache.freeze();
    let over = Instant::now() + outage;
    let mut ends = Vec::new();
    for id in &sessions {
        let end = payload(&[disconnected(id)]);
        // Lambda tries an asynchronous event three times, and then hands it over.
        for _ in 0..3 {
            let outcome = deployment.deliver(&end).await;
            assert!(matches!(outcome, Outcome::Error(_)), "{}", outcome.text());
        }
        ends.push(end);
        tokio::time::sleep(outage / 4).await;
    }
    // Fed back too early, all of it stays in the queue.
    let queue = queued(&ends);
    let failures = json!([{"itemIdentifier": "message-0"},
        {"itemIdentifier": "message-1"}, {"itemIdentifier": "message-2"}]);
    let early = answer(&deployment.deliver(&queue).await);
    assert_eq!(early["batchItemFailures"], failures);

    tokio::time::sleep_until(over).await;
    deployment.cache.thaw();
    assert_eq!(deployment.logins(USER, 1).await, 0, "{ledger}: nothing is applied yet");
    let applied = answer(&deployment.deliver(&queue).await);
    assert_eq!(applied["batchItemFailures"], json!([]), "{}", deployment.log());
    assert_eq!(deployment.logins(USER, 5).await, 3, "{ledger}\n{}", deployment.log());
}

#[test]
fn what_could_not_be_applied_is_applied_when_it_is_fed_back() {
    run(async {
        for ledger in ["lease", "counter"] {
            loses_nothing(ledger, Duration::ZERO).await;
        }
    });
}

#[test]
#[ignore = "takes the ten minutes that it is about"]
fn an_outage_of_ten_minutes_loses_nothing() {
    let outage = Duration::from_mins(10);
    run_within(2 * outage, async {
        tokio::join!(loses_nothing("lease", outage), loses_nothing("counter", outage))
    });
}

#[test]
fn a_record_that_can_never_be_read_is_acknowledged() {
    run(async {
        let mut deployment = Deployment::plan().start(&[("REFUSAL_FLOOR_MS", "0")]).await;
        assert_eq!(deployment.logins(USER, 3).await, 3);
        let session = new_session();
        let mut queue = queued(&[
            encoded(b"{\"messageType\":"),
            json!({"awslogs": {"data": "%%%"}}),
            json!("MARKER"),
            payload(&[connected(USER, &session), disconnected(&session)]),
        ]);
        queue["Records"].as_array_mut().unwrap().push(json!({"body": 1}));
        let answered = answer(&deployment.deliver(&queue).await);
        assert_eq!(answered["batchItemFailures"], json!([]));
        assert_eq!(deployment.logins(USER, 3).await, 1, "the good one among them is applied");
        assert!(deployment.end().contains("PayloadsUndecodable"));
    });
}
