//! Walks one hot path so many times, always the same way. `cargo xtask instructions` counts the
//! instructions that it takes; without a path, it lists them all.

mod stand_in;

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pollster::block_on;
use session_limit_bench::kind::Kind;
use session_limit_bench::ledgers::Phase;
use session_limit_bench::logins::{AMPLE, NOW, SERVER, Session};
use session_limit_bench::payloads::{self, Form};
use session_limit_core::identity::{IdentityProvider, IdentitySettings};
use session_limit_core::ledger::{Admitted, LeaseTimes, Ledger};
use session_limit_core::names::{ServerId, Token, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_core::store::MemoryStore;
use session_limit_memcached::MemcachedStore;

/// Walks a path so many times.
type Walk = fn(u64) -> Result<()>;

/// Longer than anything takes, even under valgrind.
const PATIENCE: Duration = Duration::from_secs(60);

const LOGIN: &[Phase] = &[Phase::Admission];

/// All paths, by their names.
const PATHS: [(&str, Walk); 11] = [
    ("login", login),
    ("lease-admission-1", |times| sessions(Kind::Lease, 1, LOGIN, times)),
    ("lease-admission-100", |times| sessions(Kind::Lease, 100, LOGIN, times)),
    ("lease-refusal-100", |times| sessions(Kind::Lease, 100, &[Phase::Refusal], times)),
    ("lease-session-10", |times| sessions(Kind::Lease, 10, &Phase::ALL[1..], times)),
    ("counter-admission", |times| sessions(Kind::Counter, 1, LOGIN, times)),
    ("memcached-admission-1", memcached_admission),
    ("payload-structured-100", |times| payload(Form::Structured, payloads::read_as_tracker, times)),
    ("payload-legacy-100", |times| payload(Form::Legacy, payloads::read_as_tracker, times)),
    ("borrowed-structured-100", |times| payload(Form::Structured, payloads::read_borrowed, times)),
    ("borrowed-legacy-100", |times| payload(Form::Legacy, payloads::read_borrowed, times)),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        PATHS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    };
    let walk = PATHS.iter().find(|(path, _)| path == name).context("there is no such path")?.1;
    walk(times.parse()?)
}

/// From the event to the answer, and back.
fn login(times: u64) -> Result<()> {
    let secret = r#"{"Role":"arn:aws:iam::123456789012:role/transfer","Password":"wonderland",
        "HomeDirectory":"/bucket/home","AcceptedIpNetwork":"192.0.2.0/24","MaxSessionLimit":"5"}"#;
    let event = format!(
        r#"{{"username":"user-00001","password":"wonderland","protocol":"SFTP",
        "serverId":"{SERVER}","sourceIp":"192.0.2.1"}}"#
    );
    let ledger = Kind::Lease.open(MemoryStore::new())?;
    let provider = IdentityProvider::new(Secret(secret), ledger, IdentitySettings::default());
    for number in 0..times {
        let token = Token::new(&format!("00000000-0000-4000-8000-{number:012x}"))?;
        let decision = block_on(provider.answer(event.as_bytes(), token, NOW));
        ensure!(decision.refusal().is_none(), "a login was refused");
        black_box(serde_json::to_string(decision.response())?);
        block_on(provider.roll_back(&decision, NOW))?;
    }
    Ok(())
}

/// The same as `lease-admission-1`, through the adapter, over a connection whose other end is in this
/// thread. A sixth of the instructions are those of that end.
fn memcached_admission(times: u64) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let address = stand_in::start().await?;
        let store = MemcachedStore::open(&format!("memcached://{address}"), PATIENCE)?;
        walk(&Kind::Lease.open(store)?, 1, LOGIN, times).await
    })
}

fn sessions(kind: Kind, leases: u64, phases: &[Phase], times: u64) -> Result<()> {
    block_on(walk(&kind.open(MemoryStore::new())?, leases, phases, times))
}

/// Takes sessions of a user who has so many leases through these phases. A login is rolled back.
async fn walk(ledger: &impl Ledger, leases: u64, phases: &[Phase], times: u64) -> Result<()> {
    let mut now = NOW;
    for number in 0..leases + times {
        let session = Session::new(1, number)?;
        let phases = if number < leases { &Phase::ALL[1..3] } else { phases };
        for phase in phases {
            phase.act(ledger, &session, leases, now).await?;
        }
        match phases.last() {
            Some(Phase::Admission) => {
                ledger.roll_back(&session.login(AMPLE), Admitted::Yes, now).await?;
            }
            // What is left of it has gone when the next one comes.
            Some(Phase::End) => {
                now = now.after(LeaseTimes::DEFAULT_RESERVATION_TTL + 3 * LeaseTimes::DEFAULT_SKEW);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a payload of a hundred messages: as the tracker does, or in the way that it is held against.
fn payload(form: Form, read: fn(&[u8], Form) -> usize, times: u64) -> Result<()> {
    let event = payloads::event(form, 0..100, NOW);
    for _ in 0..times {
        let seen = read(black_box(event.as_bytes()), form);
        ensure!(seen == 100, "{seen} messages were read");
    }
    Ok(())
}

/// Everybody's.
struct Secret(&'static str);

impl UserSecrets for Secret {
    async fn secret(
        &self,
        _: &ServerId,
        _: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        Ok(Some(self.0.to_owned().into()))
    }
}
