//! The functions while Secrets Manager is slow, away or wrong.

use std::time::Instant;

use lambda_emulator::{Reply, Stub};
use serde_json::json;
use session_limit_harness::PATIENCE;

use crate::deployment::{Deployment, SERVER, login_event};
use crate::stub::{error, secret};
use crate::tools::run;
use crate::users::MARKER;

/// All that is looked through for secrets when a [`Deployment`] ends is there: they would be found.
#[test]
fn what_may_not_hold_a_secret_is_looked_through() {
    run(async {
        let mut deployment = Deployment::plan().start(&[]).await;
        assert!(deployment.login("limit-5").await["Role"].is_string());
        let contents = deployment.cache.contents().unwrap();
        let key = format!("sl1/table/{SERVER}/limit-5 ");
        assert!(contents.windows(key.len()).any(|part| part == key.as_bytes()));
        let log = deployment.end();
        assert!(log.contains("limit-5") && log.contains("LoginsAdmitted"), "{log}");
    });
}

/// The deployment looks for it at the end.
#[test]
fn a_stored_hash_shows_nowhere() {
    run(async {
        let deployment = Deployment::plan().start(&[("REFUSAL_FLOOR_MS", "0")]).await;
        assert!(deployment.login("hashed-5").await["Role"].is_string());
        let mut wrong = login_event("hashed-5");
        wrong["password"] = "MARKER-wrong".into();
        assert_eq!(deployment.logins.invoke(wrong.to_string()).await.text(), "{}");
    });
}

#[test]
fn a_secret_that_cannot_be_had_refuses_and_touches_no_store() {
    run(async {
        let huge = format!("{{\"Password\":\"{}\"}}", MARKER.repeat(11_000));
        let moods: Vec<(&str, Option<Reply>)> = vec![
            ("silent", None),
            ("throttling", Some(error("400 Bad Request", "ThrottlingException"))),
            ("failing", Some(error("500 Internal Server Error", "InternalServiceError"))),
            ("denied", Some(error("400 Bad Request", "AccessDeniedException"))),
            ("not found", Some(error("400 Bad Request", "ResourceNotFoundException"))),
            ("not JSON", Some(Reply { status: "200 OK", body: b"MARKER".to_vec() })),
            ("a secret that is no JSON", Some(secret("x", MARKER))),
            ("a secret that is no object", Some(secret("x", "[1]"))),
            ("a secret without a role", Some(secret("x", r#"{"Password":"MARKER-password"}"#))),
            ("a secret that is too large", Some(secret("x", &huge))),
        ];
        for (mood, reply) in moods {
            let stub = Stub::start(move |_| reply.clone()).await.unwrap();
            let deployment = Deployment::with_secrets(stub)
                .processes(1)
                .start(&[("ON_STORE_FAILURE", "admit"), ("REFUSAL_FLOOR_MS", "0")]);
            let mut deployment = deployment.await;
            let start = Instant::now();
            assert_eq!(deployment.login("limit-5").await, json!({}), "{mood}");
            assert!(start.elapsed() < PATIENCE / 4, "{mood}: {:?}", start.elapsed());
            let log = deployment.end();
            assert!(log.contains("LoginsRefused"), "{mood}: {log}");
            assert!(!log.contains("StoreLatency"), "{mood}: {log}");
        }
    });
}
