//! A source of secrets and a ledger in one, which do as they are told and keep a journal.

use std::future::pending;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::event::SessionEvent;
use crate::ledger::*;
use crate::names::{ServerId, UserName};
use crate::public_key::samples::ED25519;
use crate::secret::{SecretBytes, SecretSourceError, UserSecrets};
use crate::time::Timestamp;

#[derive(Clone, Default)]
pub(super) struct Stub {
    secret: Option<Result<SecretBytes, SecretSourceError>>,
    newer: Option<SecretBytes>,
    failure: Option<LedgerError>,
    full: bool,
    hanging: bool,
    journal: Arc<Mutex<Vec<String>>>,
    request: Arc<Mutex<Option<AdmissionRequest>>>,
}

/// A user who may log in by password and by key.
pub(super) fn user() -> Value {
    json!({
        "Role": "arn:aws:iam::123456789012:role/transfer",
        "Password": "mysecretpassword",
        "PublicKey": ED25519,
        "HomeDirectory": "/bucket/bob",
        "MaxSessionLimit": 5,
    })
}

/// The service's own sample.
pub(super) fn event() -> Value {
    json!({
        "username": "bobusa",
        "password": "mysecretpassword",
        "protocol": "SFTP",
        "serverId": "s-1234567890abcdef0",
        "sourceIp": "192.168.0.100",
    })
}

impl Stub {
    pub(super) fn empty() -> Self {
        Self::default()
    }

    pub(super) fn of(secret: Vec<u8>) -> Self {
        Self { secret: Some(Ok(SecretBytes::new(secret))), ..Self::default() }
    }

    pub(super) fn with(secret: &Value) -> Self {
        Self::of(secret.to_string().into_bytes())
    }

    pub(super) fn without_secrets() -> Self {
        Self { secret: Some(Err(SecretSourceError::new("too slow"))), ..Self::default() }
    }

    pub(super) fn newer(mut self, secret: &Value) -> Self {
        self.newer = Some(secret.to_string().into());
        self
    }

    pub(super) fn full(mut self) -> Self {
        self.full = true;
        self
    }

    pub(super) fn hanging(mut self) -> Self {
        self.hanging = true;
        self
    }

    pub(super) fn failing(mut self, error: impl Into<LedgerError>) -> Self {
        self.failure = Some(error.into());
        self
    }

    pub(super) fn journal(&self) -> Vec<String> {
        self.journal.lock().unwrap().clone()
    }

    pub(super) fn request(&self) -> AdmissionRequest {
        self.request.lock().unwrap().clone().unwrap()
    }

    fn note(&self, what: impl Into<String>) {
        self.journal.lock().unwrap().push(what.into());
    }
}

impl UserSecrets for Stub {
    async fn secret(
        &self,
        _: &ServerId,
        _: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        self.note("secret");
        self.secret.clone().transpose()
    }

    async fn newer_secret(
        &self,
        _: &ServerId,
        _: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        if self.newer.is_some() {
            self.note("newer");
        }
        Ok(self.newer.clone())
    }
}

impl Ledger for Stub {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        _: Timestamp,
    ) -> Result<Admission, LedgerError> {
        self.note("admit");
        *self.request.lock().unwrap() = Some(request.clone());
        if self.hanging {
            pending::<()>().await;
        }
        if let Some(error) = &self.failure {
            return Err(error.clone());
        }
        let (verdict, counted) =
            if self.full { (Verdict::Refused, 5) } else { (Verdict::Admitted, 1) };
        Ok(Admission { verdict, counted, report: Report::default() })
    }

    async fn roll_back(
        &self,
        request: &AdmissionRequest,
        admitted: Admitted,
        _: Timestamp,
    ) -> Result<(), LedgerError> {
        self.note(format!("roll back {admitted:?} {}", request.token));
        Ok(())
    }

    async fn observe(&self, _: &SessionEvent, _: Timestamp) -> Result<Observation, LedgerError> {
        panic!("a login observes nothing")
    }
}
