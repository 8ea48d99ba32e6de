//! Many logins with wrong passwords at once, each of which costs the dearest hash there may be.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use serde_json::json;
use session_limit_core::grant::Response;
use session_limit_core::ledger::Untracked;
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_core::time::Timestamp;
use session_limit_lambda::{IdentityHandler, Invocation};
use session_limit_settings::Settings;

#[global_allocator]
static PEAK: PeakAlloc = PeakAlloc;

/// A user is called like the hash that stands for the password: each takes 64 MiB.
struct Users;

impl UserSecrets for Users {
    async fn secret(
        &self,
        _: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        // Others go on while this one waits for its secret.
        tokio::task::yield_now().await;
        let parameters = match user.as_str() {
            "argon2id" => "$argon2id$v=19$m=65536,t=1,p=4",
            "scrypt" => "$scrypt$ln=16,r=8,p=1",
            other => panic!("{other}"),
        };
        let password = format!(
            "{parameters}$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF+uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M"
        );
        let secret = json!({"Role": "arn:aws:iam::123456789012:role/bob", "Password": password});
        Ok(Some(secret.to_string().into()))
    }
}

/// One hash is computed at a time, however many logins there are.
#[tokio::test]
async fn a_flood_of_wrong_passwords_takes_the_memory_of_one() {
    const BOUND: f32 = 68.0;
    let lookup = |name: &str| match name {
        "SESSION_STORE" => Some("none".into()),
        "REFUSAL_FLOOR_MS" => Some("0".into()),
        _ => None,
    };
    let settings = Settings::read(lookup).unwrap();
    let handler = IdentityHandler::new(Users, Untracked, &settings);
    let mut logins = Vec::new();
    for n in 0..12 {
        let user = ["argon2id", "scrypt"][n % 2];
        let event = json!({"username": user, "password": "wrong", "protocol": "SFTP",
            "serverId": "s-1234", "sourceIp": "192.0.2.1"});
        let deadline = Timestamp::from_millis(u64::MAX);
        logins.push((event.to_string(), Invocation { request_id: n.to_string(), deadline }));
    }
    let answer = async |n: usize| {
        let (event, invocation) = &logins[n];
        handler.answer(event.as_bytes(), invocation).await
    };
    PEAK.reset_peak_usage();
    let answers = tokio::time::timeout(Duration::from_secs(300), async {
        tokio::join!(
            answer(0),
            answer(1),
            answer(2),
            answer(3),
            answer(4),
            answer(5),
            answer(6),
            answer(7),
            answer(8),
            answer(9),
            answer(10),
            answer(11),
        )
    });
    let answers = <[Response; 12]>::from(answers.await.expect("it hangs"));
    assert!(answers.iter().all(|answer| *answer == Response::Refused));
    let peak = PEAK.peak_usage_as_mb();
    assert!((64.0..BOUND).contains(&peak), "{peak} MiB");
}
