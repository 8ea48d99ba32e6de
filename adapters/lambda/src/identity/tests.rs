mod floor;
mod lost_answers;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use session_limit_core::event::SessionEvent;
use session_limit_core::identity::OnStoreFailure;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, LeaseLedger, LeaseSettings, LedgerError, Observation,
};
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError};
use session_limit_core::store::{MemoryStore, StoreError};
use session_limit_core::time::Timestamp;
use session_limit_settings::StoreSetting;

use super::*;
use crate::logging::tests::logged;

const MARKER: &str = "MARKER-password";

struct OneUser;

impl UserSecrets for OneUser {
    async fn secret(
        &self,
        _: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        let limit = match user.as_str() {
            "bob" => json!("2"),
            "odd" => json!("many"),
            "greedy" => json!(u32::MAX),
            "gone" => return Err(SecretSourceError::new("no way to it")),
            _ => return Ok(None),
        };
        let json = json!({"Role": "arn:aws:iam::123456789012:role/bob", "Password": MARKER,
            "MaxSessionLimit": limit});
        Ok(Some(json.to_string().into()))
    }
}

/// A ledger that fails or hangs, and writes down what it is asked.
#[derive(Clone)]
struct Failing {
    error: Option<StoreError>,
    journal: Arc<Mutex<Vec<&'static str>>>,
}

impl Failing {
    fn with(error: Option<StoreError>) -> Self {
        Self { error, journal: Arc::default() }
    }

    async fn fail<T>(&self, asked: &'static str) -> Result<T, LedgerError> {
        self.journal.lock().unwrap().push(asked);
        match self.error.clone() {
            Some(error) => Err(error.into()),
            None => std::future::pending().await,
        }
    }
}

impl Ledger for Failing {
    async fn admit(&self, _: &AdmissionRequest, _: Timestamp) -> Result<Admission, LedgerError> {
        self.fail("admit").await
    }

    async fn roll_back(
        &self,
        _: &AdmissionRequest,
        _: Admitted,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        self.fail("roll back").await
    }

    async fn observe(&self, _: &SessionEvent, _: Timestamp) -> Result<Observation, LedgerError> {
        self.fail("observe").await
    }
}

fn settings(on_store_failure: OnStoreFailure) -> Settings {
    let mut settings = Settings::new(StoreSetting::None);
    settings.on_store_failure = on_store_failure;
    settings
}

type Lines = Arc<Mutex<Vec<Value>>>;

fn handler<L: Ledger>(ledger: L, settings: &Settings) -> (IdentityHandler<OneUser, L>, Lines) {
    let lines = Lines::default();
    let sink = Arc::clone(&lines);
    let sink =
        Sink::new(move |line| sink.lock().unwrap().push(serde_json::from_str(line).unwrap()));
    (IdentityHandler::new(OneUser, ledger, settings).with_metrics(sink), lines)
}

fn leases() -> LeaseLedger<MemoryStore> {
    LeaseLedger::new(MemoryStore::new(), LeaseSettings::default())
}

fn invocation(request_id: &str) -> Invocation {
    let deadline = clock::now().after(Duration::from_secs(15));
    Invocation { request_id: request_id.to_owned(), deadline }
}

fn login(password: &str) -> String {
    json!({"username": "bob", "password": password, "protocol": "SFTP", "serverId": "s-1234",
        "sourceIp": "192.0.2.1"})
    .to_string()
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_kept_and_everything_is_counted() {
    let (handler, lines) = handler(leases(), &settings(OnStoreFailure::Refuse));
    for (request, admitted) in [("a", true), ("b", true), ("c", false), ("a", true)] {
        let answer = handler.answer(login(MARKER).as_bytes(), &invocation(request)).await;
        let answer = serde_json::to_value(answer).unwrap();
        let expected = if admitted {
            json!({"Role": "arn:aws:iam::123456789012:role/bob"})
        } else {
            json!({})
        };
        assert_eq!(answer, expected, "{request}");
    }
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 4);
    assert_eq!((&lines[0]["LoginsAdmitted"], &lines[0]["ServerId"]), (&json!(1), &json!("s-1234")));
    assert_eq!(lines[2]["LoginsRefused"], 1);
    assert_eq!(lines[2]["RefusedSessionLimitReached"], 1);
    assert_eq!(lines[0]["StoreAttempts"], 1.0);
}

/// Neither does what is secret show.
#[test]
fn what_an_operator_should_look_into_is_a_warning_and_what_is_right_is_none() {
    let logins = |filter| {
        logged(filter, || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
                let (handler, _) = handler(leases(), &settings(OnStoreFailure::Refuse));
                for user in ["bob", "eve", "odd", "gone", "greedy"] {
                    let event = login(MARKER).replace("bob", user);
                    handler.answer(event.as_bytes(), &invocation(user)).await;
                }
            });
        })
    };
    let reason = |line: &Value| (line["level"].clone(), line["reason"].clone());
    let warnings = ["configuration_error", "secret_unavailable", "limit_too_large"]
        .map(|reason| (json!("WARN"), json!(reason)));
    let lines = logins("warn");
    assert_eq!(lines.iter().map(reason).collect::<Vec<_>>(), warnings);
    assert!(lines.iter().all(|line| !line.to_string().contains(MARKER)), "{lines:?}");
    let lines = logins("info");
    assert_eq!(lines.len(), 5);
    assert_eq!((&lines[0]["level"], &lines[0]["decision"]), (&json!("INFO"), &json!("admitted")));
    assert_eq!(reason(&lines[1]), (json!("INFO"), json!("unknown_user")));
}

#[tokio::test(start_paused = true)]
async fn every_refusal_takes_the_same_time_and_a_grant_none() {
    let (handler, _) = handler(leases(), &settings(OnStoreFailure::Refuse));
    let unknown = login(MARKER).replace("bob", "eve");
    for event in [login("wrong").as_str(), unknown.as_str(), "{}", "[1,2", "null", "\u{0}"] {
        let start = Instant::now();
        let answer = handler.answer(event.as_bytes(), &invocation("a")).await;
        assert_eq!(answer, Response::Refused);
        let time = start.elapsed();
        assert!((1_000..1_010).contains(&time.as_millis()), "{event}: {time:?}");
    }
    let start = Instant::now();
    handler.answer(login(MARKER).as_bytes(), &invocation("a")).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_waits_no_longer_than_the_deadline() {
    let (handler, _) = handler(leases(), &settings(OnStoreFailure::Refuse));
    let deadline = clock::now().after(Duration::from_millis(400));
    let start = Instant::now();
    let short = Invocation { request_id: "a".into(), deadline };
    handler.answer(b"{}", &short).await;
    assert!(start.elapsed() <= Duration::from_millis(300), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_decided_about_before_the_deadline() {
    for (on_store_failure, journal) in
        [(OnStoreFailure::Refuse, &["admit", "roll back"][..]), (OnStoreFailure::Admit, &["admit"])]
    {
        let ledger = Failing::with(None);
        let (handler, lines) = handler(ledger.clone(), &settings(on_store_failure));
        let start = Instant::now();
        let answer = handler.answer(login(MARKER).as_bytes(), &invocation("a")).await;
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        assert_eq!(answer != Response::Refused, on_store_failure == OnStoreFailure::Admit);
        assert_eq!(*ledger.journal.lock().unwrap(), journal);
        let line = &lines.lock().unwrap()[0];
        assert_eq!(line["StoreFailures"], 1);
        assert!(!line["StoreLatency"].is_null(), "{line}");
        let (decided, leaked) = match on_store_failure {
            OnStoreFailure::Refuse => ("StoreFailuresRefused", json!(1)),
            OnStoreFailure::Admit => ("StoreFailuresAdmitted", Value::Null),
        };
        assert_eq!((&line[decided], &line["SlotsLeaked"]), (&json!(1), &leaked));
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_leaks_no_slot_and_one_that_is_wrong_never_admits() {
    for (error, metric) in [
        (StoreError::Unavailable("down".into()), "RefusedStoreUnavailable"),
        (StoreError::Corrupt("odd".into()), "RefusedStoreFailed"),
    ] {
        let settings = settings(OnStoreFailure::Refuse);
        let (handler, lines) = handler(Failing::with(Some(error)), &settings);
        let answer = handler.answer(login(MARKER).as_bytes(), &invocation("a")).await;
        assert_eq!(answer, Response::Refused);
        let line = &lines.lock().unwrap()[0];
        assert_eq!((&line[metric], &line["SlotsLeaked"]), (&json!(1), &Value::Null), "{line}");
        assert_eq!(line["StoreFailuresRefused"], 1);
    }
}

/// A ledger that admits, but so late that the answer would not arrive: as a password hash does
/// that keeps the processor busy.
struct Busy(Failing);

impl Ledger for Busy {
    async fn admit(&self, _: &AdmissionRequest, _: Timestamp) -> Result<Admission, LedgerError> {
        std::thread::sleep(Duration::from_millis(60));
        let verdict = session_limit_core::ledger::Verdict::Admitted;
        Ok(Admission::new(verdict, 1))
    }

    async fn roll_back(
        &self,
        _: &AdmissionRequest,
        _: Admitted,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        self.0.journal.lock().unwrap().push("roll back");
        Ok(())
    }

    async fn observe(&self, _: &SessionEvent, _: Timestamp) -> Result<Observation, LedgerError> {
        self.0.fail("observe").await
    }
}

#[tokio::test]
async fn an_answer_that_would_come_too_late_is_rolled_back() {
    let ledger = Failing::with(None);
    let (handler, lines) = handler(Busy(ledger.clone()), &settings(OnStoreFailure::Refuse));
    let deadline = clock::now().after(Duration::from_millis(40));
    let invocation = Invocation { request_id: "a".into(), deadline };
    let answer = handler.answer(login(MARKER).as_bytes(), &invocation).await;
    assert_eq!(answer, Response::Refused);
    assert_eq!(*ledger.journal.lock().unwrap(), ["roll back"]);
    assert_eq!(lines.lock().unwrap()[0]["RefusedTooLate"], 1);
}
