//! The meaning of the answers of Secrets Manager, and of the lack of one.

mod support;

use std::time::{Duration, Instant};

use session_limit_core::secret::{SecretSourceError, UserSecrets};
use session_limit_harness::ports;
use session_limit_harness::secrets_manager::{Reply, Stub, client_at};
use session_limit_secrets_manager::{CacheSettings, FetchError, SecretsManager, Settings};
use support::{alice, secrets, secrets_with};

async fn fetch(reply: Reply) -> (Result<Option<Vec<u8>>, FetchError>, usize) {
    let stub = Stub::start(reply).await;
    let secrets = secrets(&stub, CacheSettings::default());
    let (server, user) = alice();
    let answer = secrets.fetch(&server, &user).await;
    (answer.map(|secret| secret.map(|it| it.expose().to_vec())), stub.requests().len())
}

#[tokio::test]
async fn a_secret_is_text_or_binary_and_asked_for_by_its_name() {
    let stub = Stub::start(Reply::secret("{\"Role\": \"é\"}")).await;
    let secrets = secrets(&stub, CacheSettings::default());
    let (server, user) = alice();
    let secret = secrets.fetch(&server, &user).await.unwrap().unwrap();
    assert_eq!(secret.expose(), "{\"Role\": \"é\"}".as_bytes());
    assert_eq!(stub.requests(), [r#"{"SecretId":"s-1234/alice"}"#]);

    let binary = Reply::Http(200, r#"{"Name":"n","SecretBinary":"e30A/w=="}"#.into());
    assert_eq!(fetch(binary).await.0, Ok(Some(b"{}\0\xff".to_vec())));
    let large = "x".repeat(65_536);
    assert_eq!(fetch(Reply::secret(&large)).await.0, Ok(Some(large.into_bytes())));
}

#[tokio::test]
async fn a_secret_that_is_not_there_or_about_to_go_is_none() {
    assert_eq!(fetch(Reply::no_such_secret()).await, (Ok(None), 1));
    assert_eq!(fetch(Reply::error(400, "InvalidRequestException")).await, (Ok(None), 1));
}

#[tokio::test]
async fn to_be_denied_is_an_error_that_is_not_tried_again() {
    for (status, code) in [
        (400, "AccessDeniedException"),
        (400, "DecryptionFailure"),
        (403, "SomethingNew"),
        (400, "UnrecognizedClientException"),
    ] {
        let (answer, requests) = fetch(Reply::error(status, code)).await;
        let error = answer.unwrap_err();
        assert_eq!(error, FetchError::Denied { code: code.into() });
        assert!(!error.is_retryable());
        assert_eq!(requests, 1, "{code}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times() {
    let throttled = FetchError::Throttled { code: "ThrottlingException".into() };
    assert_eq!(fetch(Reply::error(400, "ThrottlingException")).await, (Err(throttled), 3));
    let failed = FetchError::Failed { status: 500, code: "InternalServiceError".into() };
    assert_eq!(fetch(Reply::error(500, "InternalServiceError")).await, (Err(failed), 3));
    let bare = FetchError::Failed { status: 503, code: "no error code".into() };
    assert!(bare.is_retryable());
    assert_eq!(fetch(Reply::Http(503, "<html>".into())).await, (Err(bare), 3));
}

#[tokio::test]
async fn no_answer_ends_in_time() {
    for reply in [Reply::Silence, Reply::error(400, "ThrottlingException")] {
        let stub = Stub::start(reply).await;
        let timeout = Duration::from_millis(300);
        let settings = Settings::default().with_timeout(timeout);
        let secrets = secrets_with(&stub, settings);
        let (server, user) = alice();
        let start = Instant::now();
        let error = secrets.fetch(&server, &user).await.unwrap_err();
        assert!(error.is_retryable());
        assert!(start.elapsed() < Duration::from_secs(5), "{error} after {:?}", start.elapsed());
        if matches!(error, FetchError::TimedOut(_)) {
            assert!(start.elapsed() >= timeout);
            assert_eq!(error.to_string(), "Secrets Manager did not answer within 300 ms");
        } else {
            assert!(matches!(error, FetchError::Throttled { .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn nonsense_is_no_secret() {
    for nonsense in ["", "nonsense", "{", "[]", "{}", r#"{"SecretString":null}"#] {
        let (answer, _) = fetch(Reply::Http(200, nonsense.into())).await;
        assert_eq!(answer, Err(FetchError::Invalid), "{nonsense}");
    }
    for bytes in [&b""[..], b"nonsense\r\n\r\n", b"HTTP/1.1 200 x\r\ncontent-length: 9\r\n\r\nx"] {
        let (answer, _) = fetch(Reply::Bytes(bytes)).await;
        let error = answer.unwrap_err();
        assert!(matches!(error, FetchError::Unreachable { .. } | FetchError::Invalid), "{error}");
    }
}

#[tokio::test]
async fn nobody_there_is_said_in_one_line() {
    let address = Stub::start(Reply::Silence).await.address;
    let free = ports::nobody();
    assert_ne!(address, free);
    let secrets = SecretsManager::with_client(client_at(free), Settings::default());
    let (server, user) = alice();
    let error = secrets.fetch(&server, &user).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }));
    assert!(error.to_string().contains("refused") && !error.to_string().contains('\n'), "{error}");
    let error: SecretSourceError = error.into();
    assert_eq!(secrets.secret(&server, &user).await.unwrap_err(), error);
}
