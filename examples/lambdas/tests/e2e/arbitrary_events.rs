//! Any JSON at all, as the event of either function.

use std::time::Duration;

use lambda_emulator::Outcome;
use serde_json::json;

use crate::deployment::{Deployment, login_event};
use crate::logs::{encoded, queued};
use crate::tools::run;
use crate::users::ROLE;

fn events() -> Vec<String> {
    let login = |field: &str, value: serde_json::Value| {
        let mut event = login_event("limit-5");
        event[field] = value;
        event.to_string()
    };
    let mut events: Vec<String> =
        ["null", "true", "1e999", "\"MARKER\"", "[]", "{}", "[[{}]]"].map(str::to_owned).into();
    for field in ["username", "serverId", "protocol", "password"] {
        for value in [json!(1), json!([]), json!({"MARKER": 1}), json!("\u{0}MARKER"), json!(true)]
        {
            events.push(login(field, value));
        }
    }
    events.extend([
        login("username", json!("x".repeat(6 << 20))),
        login("password", json!("MARKER".repeat(1 << 20))),
        login("sourceIp", json!("MARKER")),
        "[".repeat(100_000) + &"]".repeat(100_000),
        r#"{"username":"limit-5","username":"limit-6"}"#.to_owned(),
        r#"{"awslogs":{"data":1}}"#.to_owned(),
        r#"{"awslogs":{"data":"AAAA"}}"#.to_owned(),
        r#"{"awslogs":"MARKER"}"#.to_owned(),
        r#"{"Records":[1,{},{"messageId":"1","body":"MARKER"}]}"#.to_owned(),
        r#"{"requestPayload":{"requestPayload":{}}}"#.to_owned(),
    ]);
    events
}

#[test]
fn what_is_no_login_is_refused() {
    run(async {
        let deployment = Deployment::plan().start(&[("REFUSAL_FLOOR_MS", "0")]).await;
        for event in events() {
            let outcome = deployment.logins.invoke(event.clone()).await;
            let shown: String = event.chars().take(100).collect();
            assert_eq!(outcome, Outcome::Answer(b"{}".to_vec()), "{shown}\n{}", deployment.log());
        }
        assert_eq!(deployment.login("limit-5").await["Role"], ROLE, "it is as good as new");
    });
}

#[test]
fn what_is_no_payload_is_acknowledged() {
    run(async {
        let deployment = Deployment::plan().start(&[]).await;
        for event in events() {
            let outcome = deployment.tracker.invoke(event.clone()).await;
            let shown: String = event.chars().take(100).collect();
            assert!(matches!(outcome, Outcome::Answer(_)), "{shown}: {}", outcome.text());
        }
    });
}

/// If there was no time for a payload, its invocation fails, so that Lambda delivers it again. If
/// it came from a queue, the answer names it instead. The function itself does not run out of time.
#[test]
fn a_payload_that_takes_too_long_is_given_up_in_time() {
    run(async {
        let mut deployment = Deployment::plan().start(&[]).await;
        let head = br#"{"messageType":"DATA_MESSAGE","logGroup":"x","logStream":"x","logEvents":["#;
        for event in [r#"{"timestamp":1,"message":"MARKER"},"#, "1,"] {
            let bomb = encoded(
                &[&head[..], &event.repeat((250 << 20) / event.len()).into_bytes()].concat(),
            );
            let short = Duration::from_secs(2);
            let outcome =
                deployment.tracker.start_invocation(bomb.to_string(), short).outcome().await;
            let Outcome::Error(error) = &outcome else { panic!("{event}: {}", outcome.text()) };
            assert!(String::from_utf8_lossy(error).contains("no time"), "{}", outcome.text());
            let queue = queued(&[bomb.clone(), bomb]);
            let queue =
                deployment.tracker.start_invocation(queue.to_string(), short).outcome().await;
            let Outcome::Answer(answer) = &queue else { panic!("{event}: {}", queue.text()) };
            let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
            assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 2, "{answer}");
        }
        let log = deployment.end();
        assert!(log.contains("EventsNotApplied") && log.contains("the invocation failed"), "{log}");
        assert!(!log.contains("lambda_runtime::layers::panic"), "{log}");
    });
}

#[test]
fn a_payload_that_inflates_without_end_is_acknowledged() {
    run(async {
        let mut deployment = Deployment::plan().start(&[]).await;
        let head = br#"{"messageType":"DATA_MESSAGE","logGroup":"x","logStream":"x","logEvents":["#;
        let blanks = vec![b' '; 300 << 20];
        let outcome = deployment.deliver(&encoded(&[&head[..], &blanks].concat())).await;
        assert!(matches!(outcome, Outcome::Answer(_)), "{}\n{}", outcome.text(), deployment.log());
        assert!(deployment.end().contains("PayloadsUndecodable"));
    });
}
