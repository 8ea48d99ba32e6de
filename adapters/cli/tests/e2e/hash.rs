//! `hash-password`.

use serde_json::json;
use session_limit_core::identity::{IdentityProvider, IdentitySettings};
use session_limit_core::ledger::Untracked;
use session_limit_core::names::{ServerId, Token, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_core::time::Timestamp;

use crate::program::{MARKER, run_with};

const ROLE: &str = "arn:aws:iam::123456789012:role/transfer";

struct OneUser(String);

impl UserSecrets for OneUser {
    async fn secret(
        &self,
        _: &ServerId,
        _: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        let secret = json!({"Role": ROLE, "Password": self.0});
        Ok(Some(secret.to_string().into()))
    }
}

fn hash(password: &str) -> String {
    let line = run_with(&["hash-password"], password.as_bytes()).out(0);
    line.strip_suffix('\n').unwrap().to_owned()
}

/// True if the identity provider lets in a user with `password`.
fn lets_in(hash: &str, password: &str) -> bool {
    let provider =
        IdentityProvider::new(OneUser(hash.into()), Untracked, IdentitySettings::default());
    let event = json!({
        "serverId": "s-1", "username": "bob", "protocol": "SFTP", "password": password,
    })
    .to_string();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let token = Token::new("request").unwrap();
    let answer = provider.answer(event.as_bytes(), token, Timestamp::EPOCH);
    runtime.block_on(answer).refusal().is_none()
}

#[test]
fn a_hash_lets_in_by_its_password_only() {
    let password = format!(" {MARKER} é ");
    let hash = hash(&format!("{password}\n"));
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    assert!(lets_in(&hash, &password));
    for wrong in [password.trim(), &format!("{password}\n"), &hash] {
        assert!(!lets_in(&hash, wrong), "{wrong:?} was let in");
    }
}

#[test]
fn two_hashes_of_one_password_differ() {
    assert_ne!(hash(MARKER), hash(MARKER));
}

#[test]
fn a_hash_is_not_warned_of_as_plaintext() {
    let secret = json!({"Role": ROLE, "Password": hash(MARKER), "AcceptedIpNetwork": "192.0.2.1"});
    let report = run_with(&["check-secret", "-"], secret.to_string().as_bytes()).out(0);
    assert!(report.starts_with("-: usable\n") && !report.contains("warning"), "{report}");
}

#[test]
fn what_no_login_can_bring_is_not_hashed() {
    for (password, expected) in [
        (String::new(), "blank"),
        (" \n".into(), "blank"),
        (format!("{MARKER}\n{MARKER}\n"), "more than one line"),
        (MARKER.repeat(1_000), "1024 characters"),
        ("🔑".repeat(1_025), "1024 characters"),
    ] {
        let complaint = run_with(&["hash-password"], password.as_bytes()).complaint(1);
        assert!(complaint.contains(expected), "{complaint}");
    }
}
