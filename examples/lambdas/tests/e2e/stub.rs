//! A stub of Secrets Manager.

use lambda_emulator::{Reply, Stub};
use serde_json::{Value, json};

use crate::deployment::SERVER;
use crate::users::{MARKER, hashed_user, user};

/// Answers with a secret to whoever asks for one: for the user `limit-5` one with that limit, for
/// `hashed-5` the same with a hash.
pub(crate) async fn stub() -> Stub {
    Stub::start(|request| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let name = asked["SecretId"].as_str().unwrap_or_default();
        let limit = name.rsplit('-').next().and_then(|limit| limit.parse().ok());
        let found = limit.filter(|_| name.starts_with(SERVER));
        let user = if name.contains("/hashed-") { hashed_user } else { user };
        Some(match found {
            Some(limit) => secret(name, &user(limit).to_string()),
            None => error("400 Bad Request", "ResourceNotFoundException"),
        })
    })
    .await
    .unwrap()
}

pub(crate) fn secret(name: &str, text: &str) -> Reply {
    let body = json!({"ARN": format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}"),
        "Name": name, "SecretString": text, "VersionId": "1", "VersionStages": ["AWSCURRENT"]});
    Reply { status: "200 OK", body: body.to_string().into_bytes() }
}

pub(crate) fn error(status: &'static str, kind: &str) -> Reply {
    let body = json!({"__type": kind, "message": format!("{MARKER} in a message of the service")});
    Reply { status, body: body.to_string().into_bytes() }
}
