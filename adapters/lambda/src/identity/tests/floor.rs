//! The time of each kind of refusal, by a clock that stands still while nothing waits.

use std::collections::BTreeSet;

use super::*;
use crate::metrics;

/// A hash of another password.
const BCRYPT: &str = "$2a$04$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";

/// Users of whom most are refused, each for a reason of its own.
struct Users;

impl UserSecrets for Users {
    async fn secret(
        &self,
        _: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        let mut secret = json!({"Role": "arn:aws:iam::123456789012:role/bob", "Password": MARKER});
        match user.as_str() {
            "bob" => {}
            "elsewhere" => secret["AcceptedIpNetwork"] = json!("10.0.0.0/8"),
            "blank" => secret["Password"] = json!(""),
            "hashed" => secret["Password"] = json!(BCRYPT),
            "roleless" => secret["Role"] = json!(""),
            "full" => secret["MaxSessionLimit"] = json!(0),
            "greedy" => secret["MaxSessionLimit"] = json!(u32::MAX),
            "gone" => return Err(SecretSourceError::new("no way to it")),
            _ => return Ok(None),
        }
        Ok(Some(secret.to_string().into()))
    }
}

fn event(changes: &Value) -> String {
    let mut event: Value = serde_json::from_str(&login(MARKER)).unwrap();
    event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    event.to_string()
}

/// The metric that counts a login which is refused, and has to be exactly at the floor.
async fn refused<L: Ledger>(ledger: L, event: &str, floor: Duration) -> String {
    let mut settings = settings(OnStoreFailure::Refuse);
    settings.refusal_floor = floor;
    let lines = Lines::default();
    let sink = Arc::clone(&lines);
    let sink =
        Sink::new(move |line| sink.lock().unwrap().push(serde_json::from_str(line).unwrap()));
    let handler = IdentityHandler::new(Users, ledger, &settings).with_metrics(sink);
    let start = Instant::now();
    let answer = handler.answer(event.as_bytes(), &invocation("a")).await;
    let time = start.elapsed();
    assert_eq!(answer, Response::Refused, "{event}");
    assert_eq!(time.as_millis(), floor.as_millis(), "{event}");
    let line = lines.lock().unwrap()[0].clone();
    let mut reasons = line.as_object().unwrap().keys().filter(|key| key.starts_with("Refused"));
    reasons.next().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_refusal_takes_as_long_as_the_floor() {
    let by = |user: &str| event(&json!({ "username": user }));
    for floor in [Duration::from_millis(1_000), Duration::from_millis(2_345)] {
        let mut seen = BTreeSet::new();
        for event in [
            "{}".to_owned(),
            event(&json!({"protocol": "FTP", "password": ""})),
            event(&json!({"username": "elsewhere", "sourceIp": null})),
            event(&json!({"password": "wrong"})),
            event(&json!({"password": ""})),
            by("nobody"),
            by("elsewhere"),
            by("blank"),
            by("hashed"),
            by("roleless"),
            by("full"),
            by("greedy"),
            by("gone"),
        ] {
            seen.insert(refused(leases(), &event, floor).await);
        }
        for error in [StoreError::Unavailable("down".into()), StoreError::Corrupt("odd".into())] {
            seen.insert(refused(Failing::with(Some(error)), &by("bob"), floor).await);
        }
        // Every reason has its metric. Too late is what has gone past any floor.
        let reasons = metrics::NAMES.iter().filter(|name| name.starts_with("Refused"));
        let missing: Vec<_> = reasons.filter(|name| !seen.contains(**name)).collect();
        assert_eq!(missing, [&"RefusedTooLate"]);
    }
}
