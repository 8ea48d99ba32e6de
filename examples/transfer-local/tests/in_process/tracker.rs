//! The lines that the session tracker writes about what it reads.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use session_limit_core::ledger::{
    AdmissionRequest, LeaseLedger, LeaseSettings, Ledger, ReservationClass,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::{ServerId, Token, UserName};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;
use transfer_local::decisions::Decisions;
use transfer_local::log::LogRecord;
use transfer_local::pipeline::LogReader;
use transfer_local::tracker::Tracker;

/// The lines about a session from 192.0.2.1, after a login of its user from `login_from`.
async fn told(login_from: [u8; 4], reservation_class: ReservationClass) -> Vec<String> {
    let now = Timestamp::EPOCH.after(UNIX_EPOCH.elapsed().unwrap());
    let settings = LeaseSettings::default().with_reservation_class(reservation_class);
    let ledger = LeaseLedger::new(MemoryStore::new(), settings);
    let login = AdmissionRequest::new(
        ServerId::new("s-test").unwrap(),
        UserName::new("alice").unwrap(),
        SessionLimit::new(3),
        Token::new("login").unwrap(),
    )
    .from(IpAddr::from(login_from));
    ledger.admit(&login, now.before(Duration::from_secs(1))).await.unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let write = {
        let lines = Arc::clone(&lines);
        move |line: &str| lines.lock().unwrap().push(line.to_owned())
    };
    let tracker = Tracker::new(ledger, Arc::new(Decisions::new(write)));
    let message = json!({
        "activity-type": "CONNECTED", "session-id": "f00d", "user": "alice",
        "source-ip": "192.0.2.1",
        "resource-arn": "arn:aws:transfer:us-east-1:000000000000:server/s-test",
    });
    let record = LogRecord {
        id: "1".into(),
        group: "/aws/transfer/s-test".into(),
        stream: "f00d".into(),
        at: now,
        message: message.to_string(),
    };
    tracker.read(&record).await.unwrap();
    let lines = lines.lock().unwrap();
    lines.clone()
}

#[tokio::test]
async fn a_session_from_another_address_than_its_login_is_told_of() {
    let lines = told([198, 51, 100, 1], ReservationClass::Address).await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(line.starts_with("address mismatch: alice from 192.0.2.1"), "{line}");
    assert!(line.contains("--reservation-class user"), "{line}");
}

#[tokio::test]
async fn a_session_with_a_slot_of_its_own_is_nothing_to_tell_of() {
    for (login_from, class) in
        [([192, 0, 2, 1], ReservationClass::Address), ([198, 51, 100, 1], ReservationClass::User)]
    {
        assert_eq!(told(login_from, class).await, [""; 0]);
    }
}
