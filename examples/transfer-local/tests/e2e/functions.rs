//! Lambda functions in place of what is built in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use lambda_emulator::{Reply, Stub};
use session_limit_harness::leaks::MARKER;
use session_limit_harness::ports;
use session_limit_harness::sftp::{Credential, Key, Sftp};
use tokio::runtime::Runtime;

use crate::python::PythonFunction;
use crate::server::{Server, User};

const PASSWORD: Credential<'_> = Credential::Password("MARKER-password");

#[test]
fn an_identity_provider_in_python_decides() {
    let provider = PythonFunction::start("handler");
    let server = Server::start_without_users(&["--identity-provider", &provider.url()]);
    let login = |user, password| Sftp::start(server.port, user, Credential::Password(password));
    let mut ada = login("ada", "MARKER-engine");
    assert!(ada.is_in());
    ada.does("mkdir engine");
    assert!(server.home("ada").join("engine").is_dir());
    assert!(!login("ada", "MARKER-wrong").is_in());
    assert!(!login("charles", "MARKER-engine").is_in());
    server.decisions.wait_for_count("granted ada from 127.0.0.1", 1);
    server.decisions.wait_for_count("refused ada from 127.0.0.1", 1);
    server.decisions.wait_for_count("refused charles from 127.0.0.1", 1);
}

#[test]
fn an_identity_provider_names_keys() {
    let key = Key::ed25519();
    let answer = serde_json::json!({ "Role": "arn:aws:iam::0:role/x", "PublicKeys": [key.public] });
    let service = Service::answering("200 OK", &answer.to_string());
    let server = Server::start_without_users(&["--identity-provider", &service.url]);
    assert!(Sftp::start(server.port, "kay", Credential::Key(&key)).is_in());
    server.decisions.wait_for_count("granted kay from 127.0.0.1, if the key is right", 1);
    // The same answer to a password is one that Transfer Family does not take.
    server.refuses("kay", PASSWORD);
    server.decisions.wait_for_count("refused kay: the answer to a password has PublicKeys", 1);
}

/// A web service in the place of an emulator.
struct Service {
    url: String,
    _stub: Stub,
    _runtime: Runtime,
}

impl Service {
    fn start(answer: impl Fn(&[u8]) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let stub = runtime.block_on(Stub::start(move |request| answer(&request.body))).unwrap();
        Self { url: format!("http://{}/", stub.address()), _stub: stub, _runtime: runtime }
    }

    fn answering(status: &'static str, body: &str) -> Self {
        let reply = Reply { status, body: body.into() };
        Self::start(move |_| Some(reply.clone()))
    }

    fn silent() -> Self {
        Self::start(|_| None)
    }
}

/// One clear line, and nothing of what the function was told or has said.
fn refuses(url: &str, arguments: &[&str], reason: &str) {
    let server = Server::start_without_users(&[&["--identity-provider", url], arguments].concat());
    server.refuses("ada", PASSWORD);
    server.decisions.wait_for_count(&format!("refused ada: {reason}"), 1);
    let said = server.decisions.text();
    let decisions = said.lines().filter(|line| !line.starts_with("note: "));
    assert_eq!(decisions.count(), 1, "{said}");
    assert!(!said.contains(MARKER), "{said}");
}

#[test]
fn an_identity_provider_that_fails_refuses() {
    const FAILED: &str = "the identity provider failed";
    let nobody = ports::nobody();
    let python = PythonFunction::start("failing");
    refuses(&python.url(), &[], &format!("{FAILED}: the function reported an error"));
    refuses(&format!("http://{nobody}/"), &[], &format!("{FAILED}: it cannot be invoked"));
    let silent = Service::silent();
    let soon = ["--invoke-timeout", "200ms"];
    refuses(&silent.url, &soon, &format!("{FAILED}: no answer within 200ms"));

    let unmarked_error = r#"{"errorType":"MARKER","errorMessage":"MARKER","stackTrace":[]}"#;
    let huge = format!("\"{}\"", MARKER.repeat(2 * 1024 * 1024));
    for (status, body, reason) in [
        ("404 Not Found", r#"{"Role":"MARKER"}"#, "its emulator answered with the status 404"),
        (
            "500 Internal Server Error",
            r#"{"Role":"MARKER"}"#,
            "its emulator answered with the status 500",
        ),
        ("200 OK", unmarked_error, "the function reported an error"),
        ("200 OK", "MARKER", "its answer is not JSON"),
        ("200 OK", "", "its answer is not JSON"),
        ("200 OK", &huge, "its answer cannot be read"),
    ] {
        let service = Service::answering(status, body);
        refuses(&service.url, &[], &format!("{FAILED}: {reason}"));
    }
    let unusable = Service::answering("200 OK", r#"{"Role":["MARKER"]}"#);
    refuses(&unusable.url, &[], "the answer of the identity provider cannot be used");
}

/// The number of times that each event has come.
type Counts = Arc<Mutex<HashMap<Vec<u8>, usize>>>;

/// A tracker that fails with the first events.
fn counting_tracker(failures: usize) -> (Service, Counts) {
    let events = Counts::default();
    let counted = Arc::clone(&events);
    let service = Service::start(move |event| {
        let mut counted = counted.lock().unwrap();
        *counted.entry(event.to_vec()).or_default() += 1;
        let is_early = counted.values().sum::<usize>() <= failures;
        let (status, body) =
            if is_early { ("503 Service Unavailable", MARKER) } else { ("200 OK", "null") };
        Some(Reply { status, body: body.into() })
    });
    (service, events)
}

/// Runs one session, of which the log has a start and an end; returns how often each of the two
/// has reached the tracker, and what the operator was told.
fn deliveries(failures: usize, arguments: &[&str]) -> (Vec<usize>, String) {
    let (tracker, events) = counting_tracker(failures);
    let user = User { name: "ada", limit: 1, password: Some("MARKER-password"), public_key: None };
    let server =
        Server::start(&[user], &[&["--session-tracker", &tracker.url], arguments].concat());
    let ada = Sftp::start(server.port, "ada", PASSWORD);
    assert!(ada.is_in());
    ada.quit();
    let decisions = server.decisions.clone();
    assert_eq!(server.stop().len(), 2);
    (events.lock().unwrap().values().copied().collect(), decisions.text())
}

#[test]
fn a_session_tracker_gets_the_log_as_bad_as_it_is_asked_for() {
    assert_eq!(deliveries(0, &["--log-delay", "1h"]).0, [1, 1]);
    assert_eq!(deliveries(0, &["--log-duplicate", "1"]).0, [2, 2]);
    assert_eq!(deliveries(0, &["--log-loss", "1"]).0, [0; 0]);
}

#[test]
fn a_session_tracker_that_fails_gets_its_messages_again() {
    let (times, said) = deliveries(5, &[]);
    assert_eq!((times.len(), times.iter().sum::<usize>()), (2, 7), "{said}");
    let failure = "the session tracker failed and will get its messages again: its emulator";
    assert_eq!(said.lines().filter(|line| line.starts_with(failure)).count(), 1, "{said}");
    assert!(!said.contains(MARKER), "{said}");
}

/// The slot of a session whose end nobody hears of is held until it expires.
#[test]
fn a_tracker_elsewhere_without_a_store_is_warned_of() {
    let (_, said) = deliveries(0, &[]);
    assert!(said.starts_with("note: with --session-tracker and without --session-store"), "{said}");
}
