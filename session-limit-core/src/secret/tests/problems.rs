//! The problems of a secret, as they are told before it is stored.

use proptest::prelude::*;
use serde_json::json;

use super::{ROLE, with};
use crate::login::Protocol;
use crate::public_key::samples::DSA;
use crate::secret::{SecretError, UserSecret};

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let secret = json!({
        "Password": "$6$salt$0123456789012345678901", "FTPPassword": "",
        "PublicKey": DSA, "HomeDirectory": "bucket", "MaxSessionLimit": "many",
    });
    let problems = |protocol| {
        let problems = UserSecret::problems(secret.to_string().as_bytes(), protocol);
        let key = |problem: &SecretError| match problem {
            SecretError::Missing { key } | SecretError::Invalid { key, .. } => key.clone(),
            other => panic!("{other}"),
        };
        problems.iter().map(key).collect::<Vec<_>>()
    };
    assert_eq!(
        problems(Protocol::Sftp),
        ["Role", "PublicKey", "HomeDirectory", "MaxSessionLimit", "Password"]
    );
    assert_eq!(problems(Protocol::Ftp), ["Role", "HomeDirectory", "MaxSessionLimit"]);
    assert_eq!(UserSecret::problems(b"{", Protocol::Sftp), [SecretError::NotJson]);
}

#[test]
fn what_should_be_warned_of_is_told() {
    let hash = "$2b$04$abcdefghijklmnopqrstuuBEPrP6yJ2dGmtrn0RUVJQHVNqvKzZxe";
    for (password, plaintext) in [("correct horse", true), (hash, false), ("", false)] {
        let secret = with("Password", password.into()).unwrap();
        assert_eq!(secret.has_plaintext_password(), plaintext, "{password}");
        assert!(secret.accepts_any_address());
    }
    for (ranges, any) in [("10.0.0.0/8", false), ("0.0.0.0/0, ::/0", true), ("0.0.0.0/0", true)] {
        let secret = with("AcceptedIpNetwork", ranges.into()).unwrap();
        assert_eq!(secret.accepts_any_address(), any, "{ranges}");
    }
}

#[test]
fn a_home_directory_that_means_nothing_is_told() {
    let details = json!([{"Entry": "/", "Target": "/b"}]);
    for (details, path, ignored) in
        [(&details, "/x", true), (&details, "", false), (&json!(""), "/x", false)]
    {
        let secret = json!({"Role": ROLE, "HomeDirectoryDetails": details, "HomeDirectory": path});
        let secret = UserSecret::parse(secret.to_string().as_bytes(), Protocol::Sftp).unwrap();
        assert_eq!(secret.ignores_home_directory(), ignored, "{path}");
    }
}

#[test]
fn what_is_wrong_with_the_password_does_not_refuse_the_secret() {
    for password in [json!("$6$salt$0123456789012345678901"), json!("x".repeat(1025)), json!(5)] {
        let json = json!({"Role": ROLE, "Password": password}).to_string();
        let secret = UserSecret::parse(json.as_bytes(), Protocol::Sftp);
        let problems = UserSecret::problems(json.as_bytes(), Protocol::Sftp);
        assert!(secret.is_ok() && problems.len() == 1, "{problems:?}");
        assert_eq!(first_problem(&secret), problems.first());
    }
}

fn first_problem(secret: &Result<UserSecret, SecretError>) -> Option<&SecretError> {
    secret.as_ref().map_or_else(Some, UserSecret::password_problem)
}

proptest! {
    #[test]
    fn the_first_problem_is_the_one_that_refuses(
        values in prop::collection::vec((0..UserSecret::KEYS.len(), "[ -~]{0,8}|/[a-z]*|[0-9]+"), 0..6),
        role in any::<bool>(),
    ) {
        let mut secret = if role { json!({"Role": ROLE}) } else { json!({}) };
        for (key, value) in values {
            secret[UserSecret::KEYS[key]] = value.into();
        }
        let json = secret.to_string();
        for protocol in Protocol::ALL {
            let secret = UserSecret::parse(json.as_bytes(), protocol);
            let problems = UserSecret::problems(json.as_bytes(), protocol);
            prop_assert_eq!(first_problem(&secret), problems.first());
        }
    }
}
