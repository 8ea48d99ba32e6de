//! Every variant of every public error, provoked. `cargo xtask test` checks that none is left out.

#[macro_use]
#[path = "../../../session-limit-core/src/tests/provoked.rs"]
mod provoked;
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Duration;

use crate::{CacheSettings, FetchError, NamePattern, NamePatternError, Settings};
use support::{Reply, Stub, alice, secrets_at};

#[tokio::test]
async fn fetch_error() {
    let (server, user) = alice();
    let mut provoked = Vec::new();
    for reply in [
        Reply::error(400, "AccessDeniedException"),
        Reply::error(400, "ThrottlingException"),
        Reply::error(500, "InternalServiceError"),
        Reply::Bytes(b"nonsense\r\n\r\n"),
        Reply::Http(200, "{}".into()),
    ] {
        let stub = Stub::start(reply).await;
        let secrets = stub.secrets(CacheSettings::default());
        provoked.push(secrets.fetch(&server, &user).await.unwrap_err());
    }
    let stub = Stub::start(Reply::Silence).await;
    let settings = Settings { timeout: Duration::from_millis(1), ..Settings::default() };
    let silent = secrets_at(stub.address, settings);
    provoked.push(silent.fetch(&server, &user).await.unwrap_err());
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
