//! The adapter on a stub of Secrets Manager.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::time::Duration;

use session_limit_core::names::{ServerId, UserName};
use session_limit_harness::secrets_manager::Stub;
use session_limit_secrets_manager::{CacheSettings, SecretsManager, Settings};

pub(crate) fn secrets(stub: &Stub, cache: CacheSettings) -> SecretsManager {
    let timeout = Duration::from_secs(20);
    secrets_with(stub, Settings::default().with_timeout(timeout).with_cache(cache))
}

pub(crate) fn secrets_with(stub: &Stub, settings: Settings) -> SecretsManager {
    SecretsManager::with_client(stub.client(), settings)
}

pub(crate) fn alice() -> (ServerId, UserName) {
    (ServerId::new("s-1234").unwrap(), UserName::new("alice").unwrap())
}
