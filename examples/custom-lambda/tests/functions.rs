//! Both functions as they are deployed: behind the Lambda Runtime API, and with a real memcached.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use lambda_emulator::{Emulator, Function, Outcome};
use serde_json::json;
use session_limit_harness::memcached::Server;
use session_limit_harness::{PATIENCE, leaks, payloads, run_within};
use tempfile::TempDir;

const IDENTITY_PROVIDER: &str = env!("CARGO_BIN_EXE_identity-provider");
const TRACKER: &str = env!("CARGO_BIN_EXE_tracker");

/// No secret may be where [`leaks`] finds this.
const PASSWORD: &str = "MARKER-password";

/// The log about a session of alice. The end names no user.
const CONNECTED: &str = r#"{"activity-type":"CONNECTED","session-id":"f00d","user":"alice",
    "source-ip":"192.0.2.1","resource-arn":"arn:aws:transfer:us-east-1:123456789012:server/s-1234"}"#;
const DISCONNECTED: &str = r#"{"activity-type":"DISCONNECTED","session-id":"f00d",
    "resource-arn":"arn:aws:transfer:us-east-1:123456789012:server/s-1234"}"#;

#[test]
fn at_the_limit_a_user_is_refused_until_a_session_has_ended() {
    run(async {
        let users = users_with_limit(1);
        let functions = Functions::start(users.path()).await;
        assert!(functions.login("alice", PASSWORD).await);
        assert!(!functions.login("alice", PASSWORD).await, "the login has the only slot");
        functions.log_tells(CONNECTED).await;
        assert!(!functions.login("alice", PASSWORD).await, "now its session has it");
        functions.log_tells(DISCONNECTED).await;
        assert!(functions.login("alice", PASSWORD).await, "now it is free");
        assert!(functions.end().contains("session_limit_reached"));
    });
}

#[test]
fn only_users_of_the_folder_get_in() {
    run(async {
        let users = users_with_limit(5);
        // A folder is no file, so there is no answer about this user.
        std::fs::create_dir(users.path().join("charles.json")).unwrap();
        let functions = Functions::start(users.path()).await;
        assert!(functions.login("alice", PASSWORD).await);
        assert!(!functions.login("alice", "wrong").await);
        assert!(!functions.login("robert", PASSWORD).await);
        assert!(!functions.login("charles", PASSWORD).await);
        let log = functions.end();
        for reason in ["wrong_password", "unknown_user", "secret_unavailable"] {
            assert_eq!(log.matches(reason).count(), 1, "{reason}: {log}");
        }
    });
}

#[test]
fn the_sample_user_gets_in_twice() {
    run(async {
        let users = Path::new(env!("CARGO_MANIFEST_DIR")).join("users");
        let functions = Functions::start(&users).await;
        for is_admitted in [true, true, false] {
            assert_eq!(functions.login("alice", "wonderland").await, is_admitted);
        }
    });
}

#[test]
fn all_that_is_missing_is_said_at_once() {
    run(async {
        for (program, missing) in [
            (IDENTITY_PROVIDER, &["SESSION_STORE", "USERS_FOLDER"][..]),
            (TRACKER, &["SESSION_STORE"]),
        ] {
            let emulator = Emulator::start().await.unwrap();
            let mut function = Function::start(Path::new(program), &emulator, &[]).unwrap();
            assert!(!function.ended().await.unwrap());
            let log = function.log();
            let lines = log.trim_start_matches("Error: ").lines();
            let named: Vec<_> = lines.filter_map(|line| line.split(':').next()).collect();
            assert_eq!(named, missing, "{log}");
        }
    });
}

/// A folder with one user, alice.
fn users_with_limit(limit: u32) -> TempDir {
    let users = tempfile::tempdir().unwrap();
    let alice = json!({"Role": "arn:aws:iam::123456789012:role/transfer-user",
        "Password": PASSWORD, "MaxSessionLimit": limit.to_string()});
    std::fs::write(users.path().join("alice.json"), alice.to_string()).unwrap();
    users
}

/// Fails a test that hangs.
fn run<F: Future>(test: F) -> F::Output {
    run_within(4 * PATIENCE, test)
}

/// Both functions, and their store.
struct Functions {
    cache: Server,
    logins: Emulator,
    log: Emulator,
    identity_provider: Function,
    tracker: Function,
}

impl Functions {
    async fn start(users: &Path) -> Self {
        let cache = Server::start();
        let (logins, log) = (Emulator::start().await.unwrap(), Emulator::start().await.unwrap());
        let store = cache.url();
        let settings = [
            ("SESSION_STORE", store.as_str()),
            ("USERS_FOLDER", users.to_str().unwrap()),
            ("REFUSAL_FLOOR_MS", "0"),
        ];
        let start =
            |program, emulator| Function::start(Path::new(program), emulator, &settings).unwrap();
        let identity_provider = start(IDENTITY_PROVIDER, &logins);
        let tracker = start(TRACKER, &log);
        Self { cache, logins, log, identity_provider, tracker }
    }

    /// Returns true if the user is let in.
    async fn login(&self, user: &str, password: &str) -> bool {
        let event = json!({"username": user, "password": password, "protocol": "SFTP",
            "serverId": "s-1234", "sourceIp": "192.0.2.1"});
        match self.logins.invoke(event.to_string()).await {
            Outcome::Answer(answer) => answer != b"{}",
            other => panic!("{}: {}", other.text(), self.identity_provider.log()),
        }
    }

    /// Delivers a message of the server's log as CloudWatch Logs does.
    async fn log_tells(&self, message: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let event = payloads::event(now.try_into().unwrap(), message);
        let outcome = self.log.invoke(payloads::invocation(payloads::document(&event))).await;
        assert!(matches!(outcome, Outcome::Answer(_)), "{}", outcome.text());
    }

    /// Ends both, and returns all that they have written. No secret is in it, nor in the store.
    fn end(mut self) -> String {
        let log = self.identity_provider.end().unwrap() + &self.tracker.end().unwrap();
        leaks::none_in("what the functions have written", log.as_bytes());
        leaks::none_in("the store", &self.cache.contents().unwrap());
        log
    }
}
