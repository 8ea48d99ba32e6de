//! The slot that a start took over, as the log and the metrics tell of it.

use std::net::IpAddr;

use session_limit_core::ledger::KeyPhase;
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::{Token, UserName};
use session_limit_core::store::TableStore;

use super::*;

const HERE: &str = "192.0.2.1";
const THERE: &str = "198.51.100.1";

/// A login that is admitted, and the start of a session after it, from [`HERE`].
struct Arrival {
    session: &'static str,
    login_from: Option<&'static str>,
    login_by: Phase,
    has_fingerprint: bool,
    /// The time by which the start is later than the login.
    later: Duration,
}

/// One by password; without an address no login came before.
fn arrival(session: &'static str, login_from: Option<&'static str>, later_ms: u64) -> Arrival {
    let (login_by, later) = (Phase::Password, Duration::from_millis(later_ms));
    Arrival { session, login_from, login_by, has_fingerprint: false, later }
}

fn by_key(arrival: Arrival) -> Arrival {
    Arrival { login_by: Phase::Key, has_fingerprint: true, ..arrival }
}

/// The log about these, each of a user of its own, and what was measured.
fn told_of(settings: &LeaseSettings, arrivals: &[Arrival]) -> (Vec<Value>, Value) {
    let mut metrics = Value::Null;
    let log = logged("info", || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (tracker, lines) = tracker(LeaseLedger::new(MemoryStore::new(), settings.clone()));
            let tracker = tracker.with_methods(settings.methods.clone());
            let mut batch = tracker.batch(&invocation());
            for arrival in arrivals {
                arrive(&tracker.ledger, &mut batch, arrival).await;
            }
            drop(batch);
            metrics = lines.lock().unwrap()[0].take();
        });
    });
    (log, metrics)
}

async fn arrive<S: TableStore>(
    ledger: &LeaseLedger<S>,
    batch: &mut Batch<'_, LeaseLedger<S>>,
    arrival: &Arrival,
) {
    let (start, user) = (clock::now(), format!("user-{}", arrival.session));
    if let Some(address) = arrival.login_from {
        let request = {
            let request = AdmissionRequest::new(
                ServerId::new("s-1234").unwrap(),
                UserName::new(&user).unwrap(),
                SessionLimit::new(5),
                Token::new(arrival.session).unwrap(),
            )
            .from(address.parse::<IpAddr>().unwrap());
            match arrival.login_by {
                Phase::Password => request,
                Phase::Key => request.key_phase(false),
            }
        };
        ledger.admit(&request, start.before(arrival.later)).await.unwrap();
    }
    let mut message = json!({
        "activity-type": "CONNECTED", "session-id": arrival.session, "user": user,
        "source-ip": HERE,
        "resource-arn": "arn:aws:transfer:us-east-1:123456789012:server/s-1234",
    });
    if arrival.has_fingerprint {
        message["ssh-public-key-fingerprint"] = "SHA256:x".into();
    }
    batch.message(LogEntry::parse(&message.to_string(), start, ORIGIN)).await.unwrap();
}

#[test]
fn a_start_tells_which_slot_it_took_and_how_long_its_login_lasted() {
    let (log, metrics) = told_of(
        &LeaseSettings::default(),
        &[
            arrival("own", Some(HERE), 1_500),
            arrival("none", None, 0),
            arrival("slow", Some(HERE), 20_000),
            arrival("elsewhere", Some(THERE), 700),
            by_key(arrival("key", Some(HERE), 40_000)),
            arrival("second", Some(HERE), 2_500),
        ],
    );
    let fields = ["session", "level", "phase", "source", "matched", "login_time_ms"];
    let told: Vec<_> = log.iter().map(|line| fields.map(|field| line[field].clone())).collect();
    assert_eq!(
        json!(told),
        json!([
            ["own", "INFO", "password", HERE, "reservation", 1_500],
            ["none", "INFO", "password", HERE, "nothing", null],
            ["slow", "INFO", "password", HERE, "nothing", null],
            ["elsewhere", "WARN", "password", HERE, "other_address", null],
            ["key", "INFO", "key", HERE, "reservation", 40_000],
            ["second", "INFO", "password", HERE, "reservation", 2_500],
        ])
    );
    assert_eq!(metrics["StartsWithoutReservation"], 2, "{metrics}");
    assert_eq!(metrics["AddressMismatches"], 1, "{metrics}");
    assert_eq!(metrics["LoginTime"], json!([1_500.0, 2_500.0]), "{metrics}");
    assert_eq!(metrics["KeyLoginTime"], json!(40_000.0), "{metrics}");
}

#[test]
fn a_start_whose_login_only_looked_is_nothing_to_look_into() {
    let check = LeaseSettings::default().with_key_phase(KeyPhase::Check);
    let (log, metrics) = told_of(&check, &[by_key(arrival("key", Some(HERE), 1_000))]);
    assert_eq!((&log[0]["matched"], &log[0]["level"]), (&json!("only_looked"), &json!("INFO")));
    for metric in ["StartsWithoutReservation", "AddressMismatches", "LoginTime", "KeyLoginTime"] {
        assert!(metrics[metric].is_null(), "{metric}: {metrics}");
    }
}

/// The login of the password takes the slot, though the log names a key.
#[test]
fn where_both_are_asked_for_it_is_the_time_of_the_password() {
    let methods = ServerMethods::all(AuthenticationMethods::PublicKeyAndPassword);
    let both = LeaseSettings::default().with_methods(methods);
    let login = Arrival { has_fingerprint: true, ..arrival("both", Some(HERE), 1_000) };
    let (log, metrics) = told_of(&both, &[login]);
    assert_eq!((&log[0]["phase"], &metrics["LoginTime"]), (&json!("password"), &json!(1_000.0)));
}

#[test]
fn what_is_no_start_took_no_slot() {
    let log = logged("info", || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(async {
            let (tracker, _) = tracker(leases());
            let mut batch = tracker.batch(&invocation());
            for activity in ["OPEN", "DISCONNECTED"] {
                let entry = LogEntry::parse(&event(activity, "1"), clock::now(), ORIGIN);
                batch.message(entry).await.unwrap();
            }
        });
    });
    assert_eq!(log.len(), 2);
    for line in log {
        for field in ["phase", "source", "matched", "login_time_ms"] {
            assert!(line[field].is_null(), "{field}: {line}");
        }
    }
}
