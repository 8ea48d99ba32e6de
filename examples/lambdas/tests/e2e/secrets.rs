//! A stub of Secrets Manager, and what the functions make of its moods.

use std::time::Instant;

use lambda_emulator::{Reply, Stub};
use serde_json::{Value, json};

use crate::tools::{PATIENCE, run};
use crate::users::{MARKER, user};
use crate::world::{SERVER, World};

/// Answers with a secret to whoever asks for one: for the user `limit-5` one with that limit.
pub(crate) async fn stub() -> Stub {
    Stub::start(|request| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let name = asked["SecretId"].as_str().unwrap_or_default();
        let limit = name.rsplit('-').next().and_then(|limit| limit.parse().ok());
        let found = limit.filter(|_| name.starts_with(SERVER));
        Some(match found {
            Some(limit) => secret(name, &user(limit).to_string()),
            None => error("400 Bad Request", "ResourceNotFoundException"),
        })
    })
    .await
    .unwrap()
}

fn secret(name: &str, text: &str) -> Reply {
    let body = json!({"ARN": format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}"),
        "Name": name, "SecretString": text, "VersionId": "1", "VersionStages": ["AWSCURRENT"]});
    Reply { status: "200 OK", body: body.to_string().into_bytes() }
}

fn error(status: &'static str, kind: &str) -> Reply {
    let body = json!({"__type": kind, "message": format!("{MARKER} in a message of the service")});
    Reply { status, body: body.to_string().into_bytes() }
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
            let world = World::with_secrets(stub)
                .processes(1)
                .start(&[("ON_STORE_FAILURE", "admit"), ("REFUSAL_FLOOR_MS", "0")]);
            let mut world = world.await;
            let start = Instant::now();
            assert_eq!(world.login("limit-5").await, json!({}), "{mood}");
            assert!(start.elapsed() < PATIENCE / 4, "{mood}: {:?}", start.elapsed());
            let log = world.end();
            assert!(log.contains("LoginsRefused"), "{mood}: {log}");
            assert!(!log.contains("StoreLatency"), "{mood}: {log}");
        }
    });
}
