//! Functions behind the Lambda Runtime API: ours, the published way in Python, and the same I/O
//! with nothing around it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use lambda_emulator::{Emulator, Function, Outcome, Reply, Stub};
use serde_json::{Value, json};
use session_limit_bench::logins::SERVER;
use session_limit_bench::payloads::{self, Form};
use session_limit_core::time::Timestamp;
use session_limit_harness::PATIENCE;
use session_limit_harness::memory::Memory;

use crate::servers::Memcached;

/// The messages of one session, from its start to its end.
pub(crate) const SESSION: usize = 4;

const PASSWORD: &str = "correct horse battery staple";

/// Where the programs are.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// Those of ours, with this one.
    pub(crate) folder: PathBuf,
    /// Python's, with the packages that the baseline needs.
    pub(crate) python: PathBuf,
}

/// Which program, and how it is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// One of ours, and for how many seconds it keeps secrets.
    Ours(&'static str, &'static str),
    /// A handler of the baseline, as `module.function`.
    Python(&'static str),
    /// The bare I/O, with or without a secret to fetch.
    Bare { fetches: bool },
}

/// What functions need: a store and secrets.
pub(crate) struct World {
    programs: Programs,
    cache: Memcached,
    secrets: Stub,
}

/// A function that runs. Ends with the value.
pub(crate) struct Running {
    emulator: Emulator,
    function: Function,
}

impl World {
    pub(crate) async fn start(programs: &Programs) -> Result<Self> {
        let secrets = Stub::start(|request| Some(secret(&request.body))).await?;
        Ok(Self { programs: programs.clone(), cache: Memcached::start(false), secrets })
    }

    /// Starts `program`, and waits until it asks for an event.
    pub(crate) async fn run(&self, program: Program) -> Result<Running> {
        let emulator = Emulator::start().await?;
        let store = self.cache.address().to_string();
        let url = format!("memcached://{store}");
        let secrets = self.secrets.address().to_string();
        let endpoint = format!("http://{secrets}");
        let endpoint = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint.as_str());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = folder.join("python").display().to_string();
        let path = self.programs.python.display().to_string();
        let function = match program {
            Program::Ours(name, ttl) => {
                let settings =
                    [("SESSION_STORE", url.as_str()), endpoint, ("SECRET_CACHE_TTL_SECONDS", ttl)];
                Function::start(&self.programs.folder.join(name), &emulator, &settings)
            }
            Program::Python(handler) => {
                let settings = [
                    ("STORE", store.as_str()),
                    endpoint,
                    ("PATH", path.as_str()),
                    ("PYTHONPATH", modules.as_str()),
                    ("_HANDLER", handler),
                ];
                let runtime = "../examples/transfer-local/tests/e2e/python/bootstrap";
                Function::start(&folder.join(runtime), &emulator, &settings)
            }
            Program::Bare { fetches } => {
                let settings = [("STORE", store.as_str()), ("SECRETS", secrets.as_str())];
                let settings = if fetches { &settings[..] } else { &settings[..1] };
                let program = self.programs.folder.join("bare-function");
                Function::start(&program, &emulator, settings)
            }
        };
        let mut function = function.with_context(|| format!("{program:?}"))?;
        tokio::select! {
            () = emulator.ready(1) => {}
            _ = function.ended() => anyhow::bail!("{program:?} ended: {}", function.log()),
        }
        Ok(Running { emulator, function })
    }
}

impl Running {
    /// Invokes it with `event`, which it has to answer.
    pub(crate) async fn invoke(&self, event: &str) -> Result<()> {
        let outcome = self.emulator.invoke(event).await;
        let is_good = matches!(&outcome, Outcome::Answer(answer) if answer != b"{}");
        ensure!(is_good, "{}\n{}", outcome.text(), self.function.log());
        Ok(())
    }

    /// Waits until it asks for an event.
    pub(crate) async fn ready(&self) -> Result<()> {
        let ready = tokio::time::timeout(PATIENCE, self.emulator.ready(1)).await;
        ready.with_context(|| format!("it asks for no more events: {}", self.function.log()))
    }

    /// Ends it, and waits until nothing is left of it.
    pub(crate) async fn end(mut self) -> Result<()> {
        Ok(self.function.kill().await?)
    }

    /// Its memory while it runs.
    pub(crate) fn memory(&self) -> Result<Memory> {
        Ok(Memory::of(self.function.id().context("it has ended")?))
    }
}

/// The event of a login by password.
pub(crate) fn login(user: usize) -> String {
    json!({"username": format!("user-{user:05}"), "password": PASSWORD, "protocol": "SFTP",
        "serverId": SERVER, "sourceIp": "192.0.2.1"})
    .to_string()
}

/// The event that delivers so many log messages, of sessions that no other delivery is about.
pub(crate) fn delivery(count: usize) -> Result<String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let first = NEXT.fetch_add(count.next_multiple_of(SESSION), Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = Timestamp::from_millis(u64::try_from(now)?);
    Ok(payloads::event(Form::Structured, first..first + count, now))
}

/// Everybody has one, with the same password.
fn secret(request: &[u8]) -> Reply {
    let asked: Value = serde_json::from_slice(request).unwrap_or_default();
    let secret = json!({"Role": "arn:aws:iam::123456789012:role/transfer", "Password": PASSWORD,
        "HomeDirectory": "/bucket/home", "MaxSessionLimit": "10000"});
    let body = json!({"ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x",
        "Name": asked["SecretId"], "SecretString": secret.to_string(), "VersionId": "1",
        "VersionStages": ["AWSCURRENT"]});
    Reply { status: "200 OK", body: body.to_string().into_bytes() }
}
