//! The AWS SDK's own variables, and what happens before the first request.

mod support;

use std::process::Command;
use std::time::Duration;

use session_limit_core::secret::UserSecrets;
use session_limit_harness::secrets_manager::{Reply, Stub};
use session_limit_secrets_manager::{SecretsManager, Settings};
use support::alice;

/// A test may not change its own environment, so it runs another one of this file.
#[tokio::test(flavor = "multi_thread")]
async fn the_endpoint_and_the_region_come_from_the_environment() {
    let stub = Stub::start(Reply::secret("from the endpoint")).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env_clear()
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("http://{}", stub.address))
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "id")
        .env("AWS_SECRET_ACCESS_KEY", "key");
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("answer: from the endpoint"), "{text}");
    assert_eq!(stub.requests(), [r#"{"SecretId":"users/alice"}"#]);
}

#[tokio::test]
#[ignore = "run by the test above, in a process with an environment of its own"]
async fn child() {
    let settings = Settings::default()
        .with_names("users/{username}".parse().unwrap())
        .with_timeout(Duration::from_secs(30));
    let secrets = SecretsManager::new(settings);
    let (server, user) = alice();
    let secret = secrets.secret(&server, &user).await.unwrap().unwrap();
    println!("answer: {}", String::from_utf8_lossy(secret.expose()));
}
