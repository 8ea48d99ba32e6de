//! Session events, however they come.

use serde_json::{Value, json};

use crate::deployment::Deployment;
use crate::logs::{connected, disconnected, message, new_session, payload};
use crate::tools::run;

const USER: &str = "limit-2";
const LEDGERS: [&str; 2] = ["lease", "counter"];

async fn deployment(ledger: &str) -> Deployment {
    Deployment::plan().start(&[("SESSION_LEDGER", ledger), ("REFUSAL_FLOOR_MS", "0")]).await
}

#[test]
fn duplicates_and_payloads_twice_free_nobodys_slot() {
    run(async {
        for ledger in LEDGERS {
            let deployment = deployment(ledger).await;
            assert_eq!(deployment.logins(USER, 2).await, 2);
            let (first, second) = (new_session(), new_session());
            let start = payload(&[connected(USER, &first), connected(USER, &second)]);
            let ended = disconnected(&first);
            let end = payload(&[&ended, &ended, &message("EXIT_REASON", &first, json!({}))]);
            for event in [&start, &start, &end, &end, &start, &end] {
                deployment.deliver(event).await;
            }
            assert_eq!(deployment.logins(USER, 3).await, 1, "{ledger}: one slot is free");
        }
    });
}

#[test]
fn an_end_before_its_start_frees_the_slot_once() {
    run(async {
        for ledger in LEDGERS {
            let deployment = deployment(ledger).await;
            assert_eq!(deployment.logins(USER, 2).await, 2);
            let (first, second) = (new_session(), new_session());
            deployment.log_messages(&[disconnected(&first)]).await;
            deployment.log_messages(&[connected(USER, &second), connected(USER, &first)]).await;
            deployment.log_messages(&[disconnected(&first), connected(USER, &first)]).await;
            assert_eq!(deployment.logins(USER, 3).await, 1, "{ledger}: one slot is free");
            deployment.log_messages(&[disconnected(&second)]).await;
            assert_eq!(deployment.logins(USER, 3).await, 1, "{ledger}: another one is");
        }
    });
}

#[test]
fn garbage_in_the_middle_of_a_batch_is_skipped() {
    run(async {
        let mut deployment = deployment("lease").await;
        assert_eq!(deployment.logins(USER, 2).await, 2);
        let (first, second) = (new_session(), new_session());
        let megabyte = "x".repeat(1 << 20);
        deployment
            .log_messages(&[
                connected(USER, &first),
                "{\"activity-type\":".to_owned(),
                megabyte,
                message("CONNECTED", &new_session(), json!({"user": "not a user"})),
                message("AUTH_FAILURE", "", json!({"user": USER})),
                // A file of that name frees nothing.
                message("OPEN", &second, json!({"path": "/x DISCONNECTED"})),
                connected(USER, &second),
                String::new(),
                disconnected(&first),
            ])
            .await;
        assert_eq!(deployment.logins(USER, 3).await, 1);
        let metrics = deployment.end();
        for metric in ["MessagesUnparsable", "EventsAuthFailure", "SessionsStarted"] {
            assert!(metrics.contains(metric), "{metric}: {metrics}");
        }
    });
}

#[test]
fn ten_thousand_messages_are_taken() {
    run(async {
        let mut deployment = deployment("lease").await;
        assert_eq!(deployment.logins(USER, 2).await, 2);
        let session = new_session();
        let mut messages = vec![connected(USER, &session)];
        messages.resize_with(9_999, || message("OPEN", &session, json!({"path": "/a"})));
        messages.push(disconnected(&session));
        deployment.log_messages(&messages).await;
        assert_eq!(deployment.logins(USER, 3).await, 1);
        let metrics = deployment.end();
        let ends: u64 = metrics
            .match_indices("\"SessionsEnded\":")
            .filter_map(|(at, name)| metrics[at + name.len()..].chars().next())
            .filter_map(|digit| digit.to_digit(10).map(u64::from))
            .sum();
        assert_eq!(ends, 1);
    });
}

#[test]
fn what_is_logged_of_a_login_can_be_read_by_a_program() {
    run(async {
        let mut deployment = deployment("lease").await;
        assert_eq!(deployment.logins(USER, 3).await, 2);
        let log = deployment.end();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut logins: Vec<_> = lines.filter(|line| line["message"] == "login").collect();
        assert_eq!(logins.len(), 3);
        let refused = logins.pop().unwrap();
        for (field, value) in [
            ("user", json!(USER)),
            ("protocol", json!("SFTP")),
            ("source", json!("192.0.2.1")),
            ("phase", json!("password")),
            ("decision", json!("refused")),
            ("reason", json!("session_limit_reached")),
            ("counted", json!(2)),
            ("limit", json!(2)),
        ] {
            assert_eq!(refused[field], value, "{field}: {refused}");
        }
        assert!(logins.iter().all(|line| line["decision"] == "admitted"), "{log}");
    });
}
