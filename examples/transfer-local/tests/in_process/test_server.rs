//! A server whose identity provider and log are the test's own.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use russh::keys::{Algorithm, PrivateKey};
use serde_json::{Value, json};
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::ServerId;
use tempfile::TempDir;
use tokio::sync::{Semaphore, mpsc};
use transfer_local::authentication::LoginTimes;
use transfer_local::identity::IdentityFunction;
use transfer_local::log::{LogRecord, LogSink, ServerLog};
use transfer_local::server::{Outside, Server, ServerSettings};

/// The most answers that may be on their way at once.
const GATE: usize = 100;
pub(crate) const PASSWORD: &str = "right";

/// A running server and what it has asked and told.
pub(crate) struct TestServer {
    server: Option<Server>,
    pub(crate) address: SocketAddr,
    /// All files of all users.
    pub(crate) root: TempDir,
    asked: Arc<Mutex<Vec<Value>>>,
    told: mpsc::UnboundedReceiver<LogRecord>,
    gate: Arc<Semaphore>,
}

/// Knows one password and one key, for any user.
struct Provider {
    asked: Arc<Mutex<Vec<Value>>>,
    answer: Value,
    key: String,
    /// Every answer takes one permit.
    gate: Arc<Semaphore>,
}

struct Sink(mpsc::UnboundedSender<LogRecord>);

impl TestServer {
    /// A server whose users hold `key` and `PASSWORD`, and get `answer`.
    pub(crate) async fn new(
        methods: AuthenticationMethods,
        key: &PrivateKey,
        answer: Value,
    ) -> Self {
        let minute = Duration::from_secs(60);
        Self::within(LoginTimes { password: minute, key: minute }, methods, key, answer).await
    }

    /// The same, for logins that may take so long.
    pub(crate) async fn within(
        login_times: LoginTimes,
        methods: AuthenticationMethods,
        key: &PrivateKey,
        answer: Value,
    ) -> Self {
        let root = tempfile::tempdir().unwrap();
        let id = ServerId::new("s-test").unwrap();
        let asked = Arc::default();
        let key = key.public_key().to_openssh().unwrap();
        let gate = Arc::new(Semaphore::new(GATE));
        let (recorded, passed) = (Arc::clone(&asked), Arc::clone(&gate));
        let identity = Arc::new(Provider { asked: recorded, answer, key, gate: passed });
        let (sender, told) = mpsc::unbounded_channel();
        let log = ServerLog::new(&id, Arc::new(Sink(sender)));
        let settings = ServerSettings {
            id,
            methods,
            root: Dir::open_ambient_dir(root.path(), ambient_authority()).unwrap(),
            host_key: new_key(),
            login_times,
        };
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start(listen, settings, Outside { identity, log }).await.unwrap();
        let address = server.address();
        Self { server: Some(server), address, root, asked, told, gate }
    }

    /// The questions to the identity provider so far: `key` or the password, each time.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let what = |event: &Value| event["password"].as_str().unwrap_or("key").to_owned();
        asked.iter().map(what).collect()
    }

    /// The events that the identity provider has been sent so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }

    /// Makes the identity provider wait with its answers until the returned guard is dropped.
    pub(crate) async fn hold_answers(&self) -> impl Drop + use<> {
        Arc::clone(&self.gate).acquire_many_owned(GATE as u32).await.unwrap()
    }

    /// Stops the server.
    pub(crate) async fn stop(&mut self) {
        self.server.take().unwrap().stop().await;
    }

    /// The next log message.
    pub(crate) async fn next_message(&mut self) -> LogRecord {
        let next = tokio::time::timeout(Duration::from_secs(60), self.told.recv()).await;
        next.expect("a log message").expect("the server lives")
    }

    /// The next log message of this kind, which may be followed by others.
    pub(crate) async fn next(&mut self, activity: &str) -> Value {
        loop {
            let message: Value = serde_json::from_str(&self.next_message().await.message).unwrap();
            if message["activity-type"] == activity {
                return message;
            }
        }
    }
}

impl IdentityFunction for Provider {
    fn invoke(&self, event: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + '_>> {
        let event: Value = serde_json::from_slice(&event).unwrap();
        let mut answer = self.answer.clone();
        match event["password"].as_str() {
            None => answer["PublicKeys"] = json!([self.key]),
            Some(PASSWORD) => {}
            Some(_) => answer = json!({}),
        }
        self.asked.lock().unwrap().push(event);
        Box::pin(async move {
            let _passed = self.gate.acquire().await?;
            Ok(answer.to_string().into_bytes())
        })
    }
}

impl LogSink for Sink {
    fn write(&self, record: LogRecord) {
        // The test may be over.
        let _ = self.0.send(record);
    }
}

pub(crate) fn new_key() -> PrivateKey {
    PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap()
}

/// An answer that lets a user into one folder.
pub(crate) fn path_home(home: &str) -> Value {
    json!({ "Role": "arn:aws:iam::000000000000:role/test", "HomeDirectory": home })
}
