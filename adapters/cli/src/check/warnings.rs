//! Warnings about what is accepted and could be better.

use session_limit_core::login::Protocol;
use session_limit_core::secret::UserSecret;

use super::finding::Finding;
use super::json_keys::JsonKeys;
use super::spelling;
use crate::count::count;

/// RSA keys below this are of less than 128 bits of security; NIST lets them end with 2030.
const STRONG_RSA_BITS: usize = 3072;

/// The warnings about a secret that is accepted for `protocol`.
pub(super) fn of(secret: &UserSecret, protocol: Protocol, json_keys: &JsonKeys) -> Vec<Finding> {
    let keys = secret.public_keys();
    if !secret.has_password() && keys.is_none() {
        return Vec::new(); // nobody can log in anyway
    }
    let finding = |key: &str, what: String, fix: &str| {
        Finding::new(Some(&json_keys.name(key, protocol)), what, fix)
    };
    let mut found = Vec::new();
    if secret.has_plaintext_password() {
        let fix = "store a hash, made by session-limit hash-password";
        found.push(finding("Password", "is stored in plaintext".into(), fix));
    }
    if secret.accepts_any_address() {
        let fix = "give the ranges of addresses that the user has";
        found.push(finding("AcceptedIpNetwork", "lets the user in from anywhere".into(), fix));
    }
    if secret.session_limit().is_some_and(|limit| limit.get() == 0) {
        let fix = "give at least 1 if the user is to log in";
        found.push(finding("MaxSessionLimit", "lets nobody in".into(), fix));
    }
    if secret.ignores_home_directory() {
        let what = "is ignored, because there is HomeDirectoryDetails".into();
        found.push(finding("HomeDirectory", what, "keep one of them"));
    }
    if let Some(key) = secret.indirect_home_directory() {
        let what = "has a path with //, or a segment . or .., in it".into();
        let fix = "write the path that is meant; the service does not say where this one leads";
        found.push(finding(key, what, fix));
    }
    let better = "give an ed25519 key, an ecdsa key, or an rsa key of 3072 bits or more";
    if secret.unusable_keys() > 0 {
        let what = format!(
            "{} left out: damaged, of a kind that the service refuses, or with options before it",
            count(secret.unusable_keys(), "public key")
        );
        found.push(finding("PublicKey", what, better));
    }
    let is_weak = |(_, bits): &(String, usize)| *bits < STRONG_RSA_BITS;
    for (fingerprint, bits) in keys.iter().flat_map(|keys| keys.rsa_sizes()).filter(is_weak) {
        let what = format!("{fingerprint} is an rsa key of only {bits} bits");
        found.push(finding("PublicKey", what, better));
    }
    found
}

/// Warnings about keys that are ignored and were probably meant. Others are not shown: they may be
/// values in the wrong place.
pub(super) fn misspelt_keys(json_keys: &JsonKeys) -> Vec<Finding> {
    let finding = |key: &str| {
        let meant = spelling::meant_by(key)?;
        let key = key.escape_debug().to_string();
        Some(Finding::new(Some(&key), "is ignored", format!("was {meant} meant?")))
    };
    json_keys.keys().filter_map(finding).collect()
}
