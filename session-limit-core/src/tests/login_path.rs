//! The errors that only the feature `auth` can provoke.

use std::future::{pending, ready};

use serde_json::{Value, json};

use super::*;
use crate::event::SessionEvent;
use crate::identity::*;
use crate::login::Protocol;
use crate::refusal::Refusal;
use crate::secret::{SecretBytes, SecretError, SecretSourceError, UserSecret, UserSecrets};
use crate::store::{CounterStore, StoreError};

/// A source that answers the same whoever is asked for.
struct Source(Result<Option<Value>, SecretSourceError>);

impl UserSecrets for Source {
    async fn secret(
        &self,
        _: &ServerId,
        _: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        self.0.clone().map(|secret| secret.map(|secret| secret.to_string().into()))
    }
}

/// A ledger whose store never answers.
struct Hanging;

impl Ledger for Hanging {
    async fn admit(&self, _: &AdmissionRequest, _: Timestamp) -> Result<Admission, LedgerError> {
        pending().await
    }

    async fn roll_back(
        &self,
        _: &AdmissionRequest,
        _: Admitted,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        pending().await
    }

    async fn observe(&self, _: &SessionEvent, _: Timestamp) -> Result<Observation, LedgerError> {
        pending().await
    }
}

fn alice(changes: Value) -> Source {
    let secret = json!({"Role": "arn:aws:iam::123456789012:role/alice", "Password": "right"});
    Source(Ok(Some(with(secret, changes))))
}

fn login(changes: Value) -> String {
    let event = json!({"serverId": "s-1234", "username": "alice", "password": "right",
        "protocol": "SFTP", "sourceIp": "192.0.2.1"});
    with(event, changes).to_string()
}

fn with(mut object: Value, changes: Value) -> Value {
    object.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    object
}

fn decide(source: Source, ledger: impl Ledger, event: &str) -> Decision {
    let provider = IdentityProvider::new(source, ledger, IdentitySettings::default());
    block_on(provider.answer(event.as_bytes(), request(1).token, NOW))
}

fn refusal(source: Source, event: &str) -> Refusal {
    decide(source, leases(MemoryStore::new()), event).refusal().unwrap().clone()
}

/// An admission that did not come before the deadline.
fn ambiguous() -> StoreError {
    let provider = IdentityProvider::new(alice(json!({})), Hanging, IdentitySettings::default());
    let event = login(json!({}));
    let answer = provider.answer_before(ready(()), event.as_bytes(), request(1).token, NOW);
    match block_on(answer).store_failure().unwrap().error.clone() {
        LedgerError::Store(error) => error,
        error => panic!("{error}"),
    }
}

#[test]
fn every_refusal() {
    let unknown = || Source(Ok(None));
    let networks = json!({"AcceptedIpNetwork": "10.0.0.0/8"});
    let newer = leases(store_with(Key::table, b"\x02 from the future"));
    let odd = store_with(Key::counter, b"odd");
    let odd = CounterLedger::new(odd, counter_settings()).unwrap();
    let of_store = |decision: Decision| decision.refusal().unwrap().clone();
    let provoked = [
        refusal(unknown(), "{}"),
        refusal(unknown(), &login(json!({}))),
        refusal(Source(Err(SecretSourceError::new("too slow"))), &login(json!({}))),
        refusal(alice(json!({"Role": ""})), &login(json!({}))),
        refusal(unknown(), &login(json!({"protocol": "FTP", "password": ""}))),
        refusal(alice(networks.clone()), &login(json!({}))),
        refusal(alice(networks), &login(json!({"sourceIp": null}))),
        refusal(alice(json!({"Password": ""})), &login(json!({}))),
        refusal(alice(json!({})), &login(json!({"password": "wrong"}))),
        refusal(alice(json!({})), &login(json!({"password": ""}))),
        refusal(alice(json!({"MaxSessionLimit": 0})), &login(json!({}))),
        refusal(alice(json!({"MaxSessionLimit": u32::MAX})), &login(json!({}))),
        of_store(decide(alice(json!({})), newer, &login(json!({})))),
        of_store(decide(alice(json!({})), odd, &login(json!({})))),
    ];
    assert_provoked!(
        Refusal {
            MalformedEvent,
            UnknownUser,
            SecretUnavailable,
            Configuration,
            MethodNotAllowed,
            AddressNotAccepted,
            AddressUnknown,
            NoPassword,
            WrongPassword,
            NoPublicKey,
            SessionLimitReached,
            LimitTooLarge,
            StoreUnavailable,
            StoreFailed,
        },
        provoked
    );
}

#[test]
fn secret_error() {
    let large = " ".repeat(UserSecret::MAX_LEN + 1);
    let home = r#"{"Role":"arn:aws:iam::123456789012:role/alice","HomeDirectory":"/a",
        "HomeDirectoryType":"LOGICAL"}"#;
    let provoked =
        [large.as_str(), "{", "[]", "{}", r#"{"Role":"","Role":""}"#, r#"{"Role":""}"#, home]
            .map(|secret| UserSecret::parse(secret.as_bytes(), Protocol::Sftp).unwrap_err());
    assert_provoked!(
        SecretError { TooLarge, NotJson, NotAnObject, Missing, Repeated, Invalid, Contradiction },
        provoked
    );
}

/// The errors of the core's own store and ledgers. Other stores have tests of theirs.
#[test]
fn store_error() {
    let newer = leases(store_with(Key::table, b"\x02 from the future"));
    let Err(LedgerError::Store(newer)) = block_on(newer.admit(&request(1), NOW)) else {
        panic!("state of a newer version is left alone")
    };
    let key = Key::counter(&request(1).server, &request(1).user);
    let odd = store_with(Key::counter, b"odd");
    let provoked = [
        newer,
        block_on(MemoryStore::with_max_value_len(1).add(&key, b"12", HOUR, NOW)).unwrap_err(),
        block_on(odd.increment(&key, HOUR, NOW)).unwrap_err(),
        ambiguous(),
    ];
    assert_provoked!(StoreError { Unavailable, Ambiguous, Rejected, Corrupt }, provoked);
}
