//! Walks one hot path so many times, always the same way. `cargo xtask instructions` counts the
//! instructions that it takes; without a path, it lists them all.

mod stand_in;

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use pollster::block_on;
use session_limit_bench::logins::{AMPLE, NOW, SERVER, Session};
use session_limit_bench::payloads::{self, Form};
use session_limit_core::identity::{IdentityProvider, IdentitySettings};
use session_limit_core::ledger::{
    Admitted, CounterLedger, CounterSettings, KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes,
    Ledger, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::methods::ServerMethods;
use session_limit_core::names::{ServerId, Token, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_core::store::MemoryStore;
use session_limit_memcached::MemcachedStore;

type Outcome = Result<(), Box<dyn Error>>;

/// Walks a path so many times.
type Walk = fn(u64) -> Outcome;

/// Longer than anything takes, even under valgrind.
const PATIENCE: Duration = Duration::from_secs(60);

/// All paths, by their names.
const PATHS: [(&str, Walk); 11] = [
    ("login", login),
    ("lease-admission-1", |times| block_on(admission(&lease_ledger(), 1, times))),
    ("lease-admission-100", |times| block_on(admission(&lease_ledger(), 100, times))),
    ("lease-refusal-100", |times| block_on(refusal(&lease_ledger(), 100, times))),
    ("lease-session-10", |times| block_on(session(&lease_ledger(), 10, times))),
    ("counter-admission", |times| block_on(admission(&counter_ledger()?, 1, times))),
    ("memcached-admission-1", memcached_admission),
    ("payload-structured-100", |times| payload(Form::Structured, times)),
    ("payload-legacy-100", |times| payload(Form::Legacy, times)),
    ("borrowed-structured-100", |times| borrowed(Form::Structured, times)),
    ("borrowed-legacy-100", |times| borrowed(Form::Legacy, times)),
];

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        PATHS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    };
    let walk = PATHS.iter().find(|(path, _)| path == name).ok_or("there is no such path")?.1;
    walk(times.parse()?)
}

/// From the event to the answer, and back.
fn login(times: u64) -> Outcome {
    let secret = r#"{"Role":"arn:aws:iam::123456789012:role/transfer","Password":"wonderland",
        "HomeDirectory":"/bucket/home","AcceptedIpNetwork":"192.0.2.0/24","MaxSessionLimit":"5"}"#;
    let event = format!(
        r#"{{"username":"user-00001","password":"wonderland","protocol":"SFTP",
        "serverId":"{SERVER}","sourceIp":"192.0.2.1"}}"#
    );
    let provider =
        IdentityProvider::new(Secret(secret), lease_ledger(), IdentitySettings::default());
    for number in 0..times {
        let token = Token::new(&format!("00000000-0000-4000-8000-{number:012x}"))?;
        let decision = block_on(provider.answer(event.as_bytes(), token, NOW));
        assert!(decision.refusal().is_none());
        black_box(serde_json::to_string(decision.response())?);
        block_on(provider.roll_back(&decision, NOW))?;
    }
    Ok(())
}

/// The same as `lease-admission-1`, through the adapter, over a connection whose other end is in this
/// thread. A sixth of the instructions are those of that end.
fn memcached_admission(times: u64) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let address = stand_in::start().await?;
        let store = MemcachedStore::open(&format!("memcached://{address}"), PATIENCE)?;
        admission(&LeaseLedger::new(store, LeaseSettings::default()), 1, times).await
    })
}

/// A login that is admitted beside so many leases, and rolled back.
async fn admission(ledger: &impl Ledger, leases: u64, times: u64) -> Outcome {
    fill(ledger, leases).await?;
    for number in leases..leases + times {
        let request = Session::new(1, number)?.login(AMPLE);
        let admission = ledger.admit(&request, NOW).await?;
        assert_eq!(admission.verdict, Verdict::Admitted);
        ledger.roll_back(&request, Admitted::Yes, NOW).await?;
    }
    Ok(())
}

async fn refusal(ledger: &impl Ledger, leases: u64, times: u64) -> Outcome {
    fill(ledger, leases).await?;
    let held = SessionLimit::new(u32::try_from(leases)?);
    for number in leases..leases + times {
        let admission = ledger.admit(&Session::new(1, number)?.login(held), NOW).await?;
        assert_eq!(admission.verdict, Verdict::Refused);
    }
    Ok(())
}

/// A session from its login to its end, beside so many leases. What is left of the one before has
/// just gone.
async fn session(ledger: &impl Ledger, leases: u64, times: u64) -> Outcome {
    fill(ledger, leases).await?;
    let mut now = NOW;
    for number in leases..leases + times {
        now = now.after(LeaseTimes::DEFAULT_RESERVATION_TTL + 3 * LeaseTimes::DEFAULT_SKEW);
        let session = Session::new(1, number)?;
        ledger.admit(&session.login(AMPLE), now).await?;
        ledger.observe(&session.connected(now), now).await?;
        black_box(ledger.observe(&session.ended(now), now).await?);
    }
    Ok(())
}

/// A payload of a hundred messages.
fn payload(form: Form, times: u64) -> Outcome {
    let event = payloads::event(form, 0..100, NOW);
    for _ in 0..times {
        assert_eq!(payloads::read_as_tracker(black_box(event.as_bytes())), 100);
    }
    Ok(())
}

/// The least that it takes to read such a payload, which the path above is held against.
fn borrowed(form: Form, times: u64) -> Outcome {
    let event = payloads::event(form, 0..100, NOW);
    for _ in 0..times {
        assert_eq!(payloads::read_borrowed(black_box(event.as_bytes()), form), 100);
    }
    Ok(())
}

async fn fill(ledger: &impl Ledger, leases: u64) -> Outcome {
    for number in 0..leases {
        let session = Session::new(1, number)?;
        ledger.admit(&session.login(AMPLE), NOW).await?;
        ledger.observe(&session.connected(NOW), NOW).await?;
    }
    Ok(())
}

fn lease_ledger() -> LeaseLedger<MemoryStore> {
    LeaseLedger::new(MemoryStore::new(), LeaseSettings::default())
}

fn counter_ledger() -> Result<CounterLedger<MemoryStore>, Box<dyn Error>> {
    let (methods, key_phase) = (ServerMethods::default(), KeyPhase::default());
    let ttl = LeaseTimes::DEFAULT_SESSION_TTL;
    let settings = CounterSettings::new(ttl).with_key_phase(key_phase).with_methods(methods);
    Ok(CounterLedger::new(MemoryStore::new(), settings)?)
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
