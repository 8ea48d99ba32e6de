//! The stores that settings can name. This is the one place that knows all of them.
//!
//! A further store is a file beside `stores/memcached.rs`, its feature in `Cargo.toml`, and its line
//! in the list below.

#[macro_use]
mod dispatch;
#[cfg(feature = "memcached")]
mod memcached;
mod memory;

use std::time::Duration;

use session_limit_core::ledger::AnyLedger;
use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use crate::error::SettingError;
use crate::settings::Settings;
use crate::store_setting::StoreSetting;

stores! {
    Memory(memory),
    #[cfg(feature = "memcached")]
    Memcached(memcached),
}

/// A kind of store that addresses name.
#[allow(dead_code, reason = "there is none without a feature")]
struct Known {
    /// The name, in errors.
    name: &'static str,
    /// The part of an address before `://`.
    scheme: &'static str,
    /// The form of an address, for people.
    form: &'static str,
    /// Makes a store of an address with this scheme, whose operations take at most so long. An error
    /// is one line. It may show the path of a file, and nothing that may be a secret.
    open: fn(&str, Duration) -> Result<OpenStore, String>,
}

/// Opens the store that `settings` name, and makes the ledger over it that they ask for.
///
/// # Errors
/// There is no such store, it cannot be set up, or a setting does not go with it. Nothing is
/// connected yet: a store that cannot be reached shows at the first login.
pub fn open(settings: &Settings) -> Result<AnyLedger<OpenStore>, SettingError> {
    settings.ledger(OpenStore::open(settings)?)
}

/// A store that was chosen at run time.
#[derive(Debug)]
pub struct OpenStore(Kind);

/// Names one write of one item in an [`OpenStore`].
#[derive(Clone, Debug)]
pub struct OpenVersion(Version);

impl OpenStore {
    /// Opens the store that `settings` name; `None` if session tracking is off.
    ///
    /// # Errors
    /// There is no such store, or it cannot be set up. Nothing is connected yet.
    pub fn open(settings: &Settings) -> Result<Option<Self>, SettingError> {
        match &settings.store {
            StoreSetting::None => Ok(None),
            StoreSetting::Url(url) => Self::at(url.as_str(), settings.store_timeout).map(Some),
        }
    }

    /// Opens the store at `address`, whose operations take at most `timeout`.
    ///
    /// # Errors
    /// There is no such store, or it cannot be set up. Nothing is connected yet.
    pub fn at(address: &str, timeout: Duration) -> Result<Self, SettingError> {
        let scheme = address.split_once("://").map(|(scheme, _)| scheme);
        let opened = match known().find(|known| Some(known.scheme) == scheme) {
            Some(known) => (known.open)(address, timeout),
            None => Err(no_such_store()),
        };
        let accepted = || [&["none"][..], &forms()].concat().join(" or ");
        opened.map_err(|problem| SettingError::new("SESSION_STORE", problem, accepted()))
    }

    /// The forms of the addresses that [`at`](Self::at) takes, for people.
    #[must_use]
    pub fn forms() -> String {
        forms().join(" or ")
    }
}

fn known() -> impl Iterator<Item = &'static Known> {
    STORES.iter().flatten()
}

fn forms() -> Vec<&'static str> {
    known().map(|known| known.form).collect()
}

/// The problem of an address that names no store.
fn no_such_store() -> String {
    let starts =
        |known: &Known| format!("of a {} store starts with {}://", known.name, known.scheme);
    let starts: Vec<_> = known().map(starts).collect();
    if starts.is_empty() {
        return "this program knows no store with an address".to_owned();
    }
    format!("the address {}", starts.join(", and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(store: &str) -> Settings {
        Settings::read(|name| (name == "SESSION_STORE").then(|| store.into())).unwrap()
    }

    #[test]
    fn without_a_store_nobody_is_counted() {
        assert!(matches!(open(&settings("none")), Ok(AnyLedger::Untracked(_))));
        assert!(OpenStore::open(&settings("none")).unwrap().is_none());
    }

    #[test]
    fn an_address_of_nothing_shows_no_value() {
        let error = open(&settings("unheard-of://MARKER")).err().unwrap();
        assert_eq!(error.name(), "SESSION_STORE");
        assert!(!error.to_string().contains("MARKER"), "{error}");
    }

    #[cfg(not(feature = "memcached"))]
    #[test]
    fn a_program_without_stores_says_so() {
        let error = open(&settings("memcached://cache.example:11211")).err().unwrap().to_string();
        assert_eq!(
            error,
            "SESSION_STORE: this program knows no store with an address; accepted: none"
        );
    }
}
