//! Every variant of every public error, provoked. `cargo xtask test` checks that none is left out.

#[cfg(feature = "auth")]
mod login_path;

use std::time::Duration;

use pollster::block_on;
use session_limit_harness::assert_provoked;

use crate::event::{LogEntry, LogError, LogOrigin};
use crate::ledger::*;
use crate::limit::SessionLimit;
use crate::login::{Login, LoginError, Phase};
use crate::methods::ServerMethods;
use crate::names::{ServerId, Token, UserName};
use crate::store::{Key, LONGEST_TTL, MemoryStore, Store};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_432_826_855_000);
const HOUR: Duration = Duration::from_secs(3_600);

/// A store in which these bytes are where alice's leases or her counter should be.
fn store_with(key: fn(&ServerId, &UserName) -> Key, value: &[u8]) -> MemoryStore {
    let store = MemoryStore::new();
    let key = key(&request(1).server, &request(1).user);
    block_on(store.add(&key, value, HOUR, NOW)).unwrap();
    store
}

fn counter_settings() -> CounterSettings {
    CounterSettings { ttl: HOUR, key_phase: KeyPhase::Auto, methods: ServerMethods::default() }
}

fn leases(store: MemoryStore) -> LeaseLedger<MemoryStore> {
    LeaseLedger::new(store, LeaseSettings::default())
}

fn request(limit: u32) -> AdmissionRequest {
    AdmissionRequest {
        server: ServerId::new("s-1234").unwrap(),
        user: UserName::new("alice").unwrap(),
        limit: SessionLimit::new(limit),
        phase: Phase::Password,
        has_password: true,
        source: None,
        token: Token::new("request-1").unwrap(),
    }
}

#[test]
fn log_error() {
    let origin = LogOrigin { log_group: "/aws/transfer/s-1234", log_stream: "x" };
    let provoked = [
        &b"\xff"[..],
        b"{x}",
        b"{",
        b"x",
        br#"{"activity-type":"OPEN","activity-type":"OPEN"}"#,
        br#"{"activity-type":"DISCONNECTED"}"#,
        br#"{"activity-type":7}"#,
        br#"{"activity-type":"DISCONNECTED","session-id":"a/b","resource-arn":"server/s-1234"}"#,
    ]
    .map(|message| match std::str::from_utf8(message) {
        Ok(message) => LogEntry::parse(message, NOW, origin).unwrap_err(),
        Err(error) => error.into(),
    });
    assert_provoked!(
        LogError { NotUtf8, NotJson, CutOff, NotAnEvent, Duplicate, Missing, WrongType, Invalid },
        provoked
    );
}

#[test]
fn login_error() {
    let provoked = [
        "{",
        "[]",
        "{}",
        r#"{"serverId":"s-1234","serverId":"s-1234"}"#,
        r#"{"serverId":"s-1234","username":"alice","protocol":"SCP"}"#,
        r#"{"serverId":"s-1234","username":"../alice","protocol":"SFTP"}"#,
    ]
    .map(|event| Login::parse(event.as_bytes()).unwrap_err());
    assert_provoked!(
        LoginError { NotJson, NotAnObject, Missing, Repeated, Invalid, Name },
        provoked
    );
}

#[test]
fn lease_times_error() {
    let provoked = [(Duration::ZERO, HOUR), (HOUR, LONGEST_TTL + HOUR), (HOUR + HOUR, HOUR)]
        .map(|(reservation, session)| LeaseTimes::new(reservation, session).unwrap_err());
    assert_provoked!(LeaseTimesError { Zero, TooLong, ReservationOutlivesSession }, provoked);
}

#[test]
fn counter_settings_error() {
    let provoked = [
        CounterSettings { key_phase: KeyPhase::Check, ..counter_settings() },
        CounterSettings { ttl: Duration::ZERO, ..counter_settings() },
        CounterSettings { ttl: LONGEST_TTL + HOUR, ..counter_settings() },
    ]
    .map(|settings| CounterLedger::new(MemoryStore::new(), settings).unwrap_err());
    assert_provoked!(CounterSettingsError { KeyPhaseCheck, Zero, TooLong }, provoked);
}

#[test]
fn ledger_error() {
    let newer = leases(store_with(Key::table, b"\x02 from the future"));
    let provoked = [
        block_on(newer.admit(&request(1), NOW)).unwrap_err(),
        block_on(leases(MemoryStore::new()).admit(&request(u32::MAX), NOW)).unwrap_err(),
    ];
    assert_provoked!(LedgerError { Store, LimitTooLarge }, provoked);
}
