//! Every variant of every public error, provoked. `cargo xtask test` checks that none is left out.

use std::time::Duration;

use session_limit_core::names::{ServerId, UserName};
use session_limit_harness::assert_provoked;
use session_limit_harness::secrets_manager::{Reply, Stub};

use crate::{FetchError, NamePattern, NamePatternError, SecretsManager, Settings};

/// The error of a lookup that is answered so.
async fn error(reply: Reply, timeout: Duration) -> FetchError {
    let stub = Stub::start(reply).await;
    let settings = Settings::default().with_timeout(timeout);
    let (server, user) = (ServerId::new("s-1234").unwrap(), UserName::new("alice").unwrap());
    let secrets = SecretsManager::with_client(stub.client(), settings);
    secrets.fetch(&server, &user).await.unwrap_err()
}

#[tokio::test]
async fn fetch_error() {
    let mut provoked = Vec::new();
    for reply in [
        Reply::error(400, "AccessDeniedException"),
        Reply::error(400, "ThrottlingException"),
        Reply::error(500, "InternalServiceError"),
        Reply::Bytes(b"nonsense\r\n\r\n"),
        Reply::Http(200, "{}".into()),
    ] {
        provoked.push(error(reply, Duration::from_secs(20)).await);
    }
    provoked.push(error(Reply::Silence, Duration::from_millis(1)).await);
    assert_provoked!(
        FetchError { Denied, Throttled, TimedOut, Unreachable, Failed, Invalid },
        provoked
    );
}

#[test]
fn name_pattern_error() {
    let long = "a".repeat(512) + "{username}";
    let provoked = ["{server_id}", "{user}", "*{username}", "{server_id}{username}", &long]
        .map(|pattern| pattern.parse::<NamePattern>().unwrap_err());
    assert_provoked!(
        NamePatternError { NoUserName, UnknownPlaceholder, Character, NoSeparator, TooLong },
        provoked
    );
}
