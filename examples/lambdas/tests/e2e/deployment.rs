//! Both functions, and what they need.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use lambda_emulator::{Emulator, Function, Outcome, Stub};
use serde_json::{Value, json};
use session_limit_harness::memcached::Server;
use session_limit_harness::{PATIENCE, leaks};
use tempfile::TempDir;

use crate::users::PASSWORD;
use crate::{logs, stub};

pub(crate) const SERVER: &str = "s-0123456789abcdef0";

pub(crate) const GET_USER_CONFIG: &str = env!("CARGO_BIN_EXE_get-user-config");
pub(crate) const SESSION_TRACKER: &str = env!("CARGO_BIN_EXE_session-tracker");

/// Both functions, behind the Lambda Runtime API. When it ends, what they have written, the store
/// and their folder are looked through for secrets.
pub(crate) struct Deployment {
    pub(crate) cache: Server,
    pub(crate) logins: Emulator,
    pub(crate) tracker: Emulator,
    pub(crate) providers: Vec<Function>,
    pub(crate) trackers: Vec<Function>,
    /// The folder where they may keep files for a while.
    folder: TempDir,
    functions: PathBuf,
    environment: Vec<(String, String)>,
    _secrets: Option<Stub>,
}

/// The plan of a [`Deployment`].
pub(crate) struct Plan {
    cache: Server,
    store: String,
    functions: PathBuf,
    processes: usize,
    endpoint: Option<SocketAddr>,
    secrets: Option<Stub>,
}

impl Deployment {
    pub(crate) fn plan() -> Plan {
        let cache = Server::start();
        let store = cache.url();
        let functions = Path::new(GET_USER_CONFIG).with_file_name("");
        Plan { cache, store, functions, processes: 1, endpoint: None, secrets: None }
    }

    pub(crate) fn with_secrets(stub: Stub) -> Plan {
        Plan { secrets: Some(stub), ..Self::plan() }
    }

    /// Logs in, and returns the answer of the identity provider.
    pub(crate) async fn login(&self, user: &str) -> Value {
        match self.logins.invoke(login_event(user).to_string()).await {
            Outcome::Answer(json) => serde_json::from_slice(&json).unwrap(),
            other => panic!("{}\n{}", other.text(), self.log()),
        }
    }

    /// The number of logins that are let in, of `count` at once.
    pub(crate) async fn logins(&self, user: &str, count: usize) -> usize {
        let event = login_event(user).to_string();
        let invocations: Vec<_> = (0..count)
            .map(|_| self.logins.start_invocation(event.clone(), lambda_emulator::TIMEOUT))
            .collect();
        let mut admitted = 0;
        for invocation in invocations {
            match invocation.outcome().await {
                Outcome::Answer(json) if json == b"{}" => {}
                Outcome::Answer(json) => {
                    let grant: Value = serde_json::from_slice(&json).unwrap();
                    assert!(grant["Role"].is_string() && grant["PublicKeys"].is_null(), "{grant}");
                    admitted += 1;
                }
                other => panic!("{}\n{}", other.text(), self.log()),
            }
        }
        admitted
    }

    /// Starts one more process that answers logins.
    pub(crate) fn start_provider(&mut self) {
        let provider = start(&self.functions, "get-user-config", &self.logins, &self.environment);
        self.providers.push(provider);
    }

    /// Delivers an event to the tracker.
    pub(crate) async fn deliver(&self, event: &Value) -> Outcome {
        self.tracker.invoke(event.to_string()).await
    }

    /// Delivers messages, which the tracker has to take.
    pub(crate) async fn log_messages<T: AsRef<str>>(&self, messages: &[T]) {
        let outcome = self.deliver(&logs::payload(messages)).await;
        assert!(matches!(outcome, Outcome::Answer(_)), "{}\n{}", outcome.text(), self.log());
    }

    /// The output of all processes, as far as it has been read.
    pub(crate) fn log(&self) -> String {
        self.providers.iter().chain(&self.trackers).map(Function::log).collect()
    }

    /// Ends all processes and returns all that they have written, logs and metrics. No secret is in
    /// it or in the store, and they have left no file behind.
    pub(crate) fn end(&mut self) -> String {
        let functions = self.providers.drain(..).chain(self.trackers.drain(..));
        let log: String = functions.map(|function| function.end().unwrap()).collect();
        leaks::none_in("what the functions have written", log.as_bytes());
        if let Some(contents) = self.cache.contents() {
            leaks::none_in("the store", &contents);
        }
        leaks::none_below(self.folder.path());
        assert_eq!(
            self.folder.path().read_dir().unwrap().count(),
            0,
            "the functions write no files"
        );
        log
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

impl Plan {
    pub(crate) fn cache_address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.cache.port()).into()
    }

    pub(crate) fn processes(self, processes: usize) -> Self {
        Self { processes, ..self }
    }

    pub(crate) fn cache(self, cache: Server) -> Self {
        let store = cache.url();
        Self { cache, store, ..self }
    }

    /// Functions that were built in another way, in this folder.
    #[allow(dead_code, reason = "only the figures need it")]
    pub(crate) fn functions(self, functions: &Path) -> Self {
        Self { functions: functions.into(), ..self }
    }

    pub(crate) fn store(self, store: String) -> Self {
        Self { store, ..self }
    }

    pub(crate) fn endpoint(self, endpoint: SocketAddr) -> Self {
        Self { endpoint: Some(endpoint), ..self }
    }

    /// Starts it with these settings on top, and everything logged that may be.
    pub(crate) async fn start(self, settings: &[(&str, &str)]) -> Deployment {
        let secrets = match (self.endpoint, self.secrets) {
            (None, None) => Some(stub::stub().await),
            (_, secrets) => secrets,
        };
        let endpoint = self.endpoint.or(secrets.as_ref().map(Stub::address)).unwrap();
        let endpoint = format!("http://{endpoint}");
        let usual = [
            ("SESSION_STORE", self.store.as_str()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str()),
            ("RUST_LOG", "trace"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap();
        let homes = [("TMPDIR", home), ("HOME", home)];
        let environment = [&usual[..], &homes, settings].concat().into_iter();
        let environment: Vec<_> = environment.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let (logins, tracker) =
            (Emulator::start().await.unwrap(), Emulator::start().await.unwrap());
        let mut deployment = Deployment {
            cache: self.cache,
            trackers: vec![start(&self.functions, "session-tracker", &tracker, &environment)],
            providers: Vec::new(),
            logins,
            tracker,
            folder,
            functions: self.functions,
            environment,
            _secrets: secrets,
        };
        (0..self.processes).for_each(|_| deployment.start_provider());
        let ready = async {
            deployment.logins.ready(self.processes).await;
            deployment.tracker.ready(1).await;
        };
        let ready = tokio::time::timeout(PATIENCE, ready).await;
        assert!(ready.is_ok(), "not all functions ask for events:\n{}", deployment.log());
        deployment
    }
}

fn start(
    functions: &Path,
    name: &str,
    emulator: &Emulator,
    environment: &[(String, String)],
) -> Function {
    let environment: Vec<_> = environment.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    Function::start(&functions.join(name), emulator, &environment).unwrap()
}

/// The event of a login by password.
pub(crate) fn login_event(user: &str) -> Value {
    json!({"username": user, "password": PASSWORD, "protocol": "SFTP", "serverId": SERVER,
        "sourceIp": "192.0.2.1"})
}
