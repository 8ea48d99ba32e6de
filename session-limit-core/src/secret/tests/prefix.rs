use serde_json::{Value, json};

use super::{ED25519, P256, ROLE};
use crate::auth::Decoy;
use crate::login::Protocol;
use crate::secret::{SecretError, UserSecret};

/// Every key, a value for all protocols, one for a single protocol, a wrong one, and whether the
/// single protocol may be given an empty one.
fn every_key() -> Vec<(&'static str, Value, Value, Value, bool)> {
    let mapping = |target: &str| json!([{"Entry": "/", "Target": target}]);
    vec![
        ("Role", json!(ROLE), json!("arn:aws:iam::1:role/other"), json!("x"), false),
        ("Password", json!("bare"), json!("other"), json!(5), true),
        ("PublicKey", json!(ED25519), json!(P256), json!("x"), true),
        ("AcceptedIpNetwork", json!("10.0.0.0/8"), json!("11.0.0.0/8"), json!("x"), true),
        ("MaxSessionLimit", json!(1), json!("2"), json!("x"), false),
        ("HomeDirectory", json!("/a"), json!("/b"), json!("x"), true),
        ("HomeDirectoryDetails", mapping("/a"), mapping("/b"), json!("x"), true),
        ("HomeDirectoryType", json!("PATH"), json!(" "), json!("x"), true),
        ("Policy", json!("{}"), json!({"a": 1}), json!("x"), true),
        ("PosixProfile", json!({"Uid":1,"Gid":1}), json!({"Uid":2,"Gid":2}), json!("x"), true),
    ]
}

fn parse(secret: &Value, protocol: Protocol) -> Result<UserSecret, SecretError> {
    UserSecret::parse(secret.to_string().as_bytes(), protocol)
}

/// Everything that a secret says, as text. Passwords are compared by trying them.
fn all_of(secret: &Value, protocol: Protocol) -> Result<String, SecretError> {
    let secret = parse(secret, protocol)?;
    let right = ["bare", "other"].map(|given| Decoy::default().verify_or(secret.password(), given));
    Ok(format!(
        "{right:?} {:?} {:?} {:?} {:?}",
        secret.keys.as_ref().map(|keys| keys.as_slice()),
        secret.networks,
        secret.session_limit(),
        secret.grant
    ))
}

#[test]
fn a_key_with_the_protocol_goes_before_the_bare_one() {
    for (key, bare, other, wrong, _) in every_key() {
        for protocol in Protocol::ALL {
            if key == "PublicKey" && protocol != Protocol::Sftp {
                continue;
            }
            let of = |value: &Value| {
                let mut secret = json!({"Role": ROLE});
                secret[key] = value.clone();
                secret
            };
            let mut both = of(&bare);
            both[format!("{protocol}{key}")] = other.clone();
            assert_eq!(all_of(&both, protocol), all_of(&of(&other), protocol), "{protocol}{key}");
            assert_ne!(all_of(&both, protocol), all_of(&of(&bare), protocol), "{protocol}{key}");
            for another in Protocol::ALL.into_iter().filter(|another| *another != protocol) {
                assert_eq!(all_of(&both, another), all_of(&of(&bare), another), "{another}{key}");
            }
            // A wrong bare one does not matter where it does not count; a wrong one that counts is
            // named as it is written.
            let mut masked = of(&wrong);
            masked[format!("{protocol}{key}")] = other.clone();
            assert_eq!(all_of(&masked, protocol), all_of(&of(&other), protocol), "{protocol}{key}");
            let mut wrong_prefixed = of(&bare);
            wrong_prefixed[format!("{protocol}{key}")] = wrong.clone();
            let wrong_prefixed = wrong_prefixed.to_string();
            let error = UserSecret::problems(wrong_prefixed.as_bytes(), protocol)[0].to_string();
            assert!(error.starts_with(&format!("{protocol}{key} in the user secret:")), "{error}");
        }
    }
}

#[test]
fn an_empty_key_with_the_protocol_still_goes_before_the_bare_one() {
    for (key, bare, _, _, may_be_empty) in every_key() {
        for empty in [json!(""), json!(null)] {
            let mut secret = json!({"Role": ROLE});
            secret[key] = bare.clone();
            secret[format!("FTP{key}")] = empty;
            let read = all_of(&secret, Protocol::Ftp);
            if may_be_empty {
                assert_eq!(read, all_of(&json!({"Role": ROLE}), Protocol::Ftp), "{key}");
            } else {
                let error = read.unwrap_err().to_string();
                assert!(error.starts_with(&format!("FTP{key} in the user secret:")), "{error}");
            }
        }
    }
}

#[test]
fn ftps_password_is_the_password_of_ftps() {
    let secret = json!({"Role": ROLE, "FTPSPassword": "x"});
    assert!(parse(&secret, Protocol::Ftps).unwrap().has_password());
    assert!(!parse(&secret, Protocol::Ftp).unwrap().has_password());
    assert!(!parse(&secret, Protocol::Sftp).unwrap().has_password());
}

#[test]
fn only_sftp_looks_at_public_keys() {
    let secret = json!({"Role": ROLE, "PublicKey": "nonsense", "FTPPublicKey": "nonsense"});
    assert!(parse(&secret, Protocol::Ftp).unwrap().public_keys().is_none());
    assert!(parse(&secret, Protocol::Sftp).is_err());
}
