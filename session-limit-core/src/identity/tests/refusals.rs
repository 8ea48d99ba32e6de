//! Every refusal, and how far the login got.

use serde_json::{Value, json};

use super::stub::{Stub, event, user};
use super::{response, *};
use crate::methods::AuthenticationMethods;
use crate::public_key::samples::DSA;
use crate::secret::VERIFICATIONS;
use crate::store::StoreError;

fn refused(stub: Stub, event: &Value, reason: &str, text: &str) {
    refused_with(IdentitySettings::default(), stub, event, reason, text);
}

/// Checks that a login is refused for this reason, before the store is asked.
fn refused_with(settings: IdentitySettings, stub: Stub, event: &Value, reason: &str, text: &str) {
    let (decision, provider) = stub.answer_with(settings, event);
    let refusal = decision.refusal().unwrap_or_else(|| panic!("granted, not {reason}"));
    assert_eq!((refusal.reason(), refusal.to_string().as_str()), (reason, text));
    assert_eq!(response(&decision), json!({}));
    assert!(decision.admission().is_none() && decision.limit().is_none());
    assert!(!provider.ledger.journal().contains(&"admit".to_owned()), "{reason} asks no store");
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

fn methods(methods: AuthenticationMethods) -> IdentitySettings {
    IdentitySettings { methods: ServerMethods::all(methods), ..IdentitySettings::default() }
}

#[test]
fn a_login_that_is_not_authenticated() {
    let ok = || Stub::with(&user());
    let bad = |key, value| Stub::with(&with(user(), key, value));
    refused(ok(), &json!({}), "malformed_event", "malformed event: serverId is missing");
    refused(ok(), &json!([]), "malformed_event", "malformed event: the event is not a JSON object");
    refused(Stub::empty(), &event(), "unknown_user", "unknown user");
    refused(
        Stub::without_secrets(),
        &event(),
        "secret_unavailable",
        "the user secret is unavailable: too slow",
    );
    refused(
        bad("SFTPRole", json!("")),
        &event(),
        "configuration_error",
        "configuration error: SFTPRole in the user secret: \
         expected the ARN of a role, \"arn:…role/…\", 20 to 2048 characters",
    );
    refused(
        bad("MaxSessionLimit", json!("many")),
        &event(),
        "configuration_error",
        "configuration error: MaxSessionLimit in the user secret: \
         expected a whole number from 0 to 4294967295",
    );
    refused(
        bad("AcceptedIpNetwork", json!("10.0.0.0/8")),
        &event(),
        "address_not_accepted",
        "the client's address is not in the user's AcceptedIpNetwork",
    );
    refused(
        bad("AcceptedIpNetwork", json!("0.0.0.0/0")),
        &with(event(), "sourceIp", json!(null)),
        "address_unknown",
        "the user has an AcceptedIpNetwork and the event has no sourceIp",
    );
    refused(
        bad("Password", json!("")),
        &event(),
        "no_password",
        "the user has no password for this protocol",
    );
    let wrong = with(event(), "password", json!("mysecretpasswore"));
    refused(ok(), &wrong, "wrong_password", "wrong password");
    let key_phase = with(event(), "password", json!(""));
    for key in [json!(""), json!(null)] {
        refused(bad("PublicKey", key), &key_phase, "no_public_key", "the user has no public key");
    }
    let (decision, _) = bad("PublicKey", json!(DSA)).answer(&key_phase);
    assert_eq!(decision.refusal().unwrap().reason(), "configuration_error");
}

#[test]
fn a_password_that_cannot_be_used_refuses_passwords_and_leaves_the_keys() {
    let too_long = "x".repeat(1025);
    let stub = || Stub::with(&with(user(), "Password", json!(too_long)));
    let text = "configuration error: Password in the user secret: \
        expected a password of at most 1024 characters: the service sends no more";
    for given in ["mysecretpassword", &"x".repeat(1024)] {
        refused(stub(), &with(event(), "password", json!(given)), "configuration_error", text);
    }
    // No login by password can follow, so the key's login is the one that counts.
    let (decision, provider) = stub().answer(&with(event(), "password", json!("")));
    assert!(decision.grant().is_some(), "{decision:?}");
    assert!(!provider.ledger.request().has_password);
}

/// One password is verified, whatever is the matter with a login by password. So time tells
/// nothing.
#[test]
fn every_refusal_of_a_password_costs_a_verification() {
    use AuthenticationMethods::*;
    let bad = |key, value| Stub::with(&with(user(), key, value));
    for (methods_, stub, reason) in [
        (PublicKeyOrPassword, Stub::empty(), "unknown_user"),
        (PublicKeyOrPassword, Stub::without_secrets(), "secret_unavailable"),
        (PublicKeyOrPassword, bad("Role", json!("x")), "configuration_error"),
        (PublicKeyOrPassword, bad("AcceptedIpNetwork", json!("::1")), "address_not_accepted"),
        (PublicKeyOrPassword, bad("Password", json!("")), "no_password"),
        (PublicKeyOrPassword, bad("Password", json!(5)), "configuration_error"),
        (PublicKeyOrPassword, bad("Password", json!("x")), "wrong_password"),
        (PublicKey, Stub::with(&user()), "method_not_allowed"),
        (PublicKey, Stub::empty(), "method_not_allowed"),
    ] {
        VERIFICATIONS.set((0, 0));
        let (decision, _) = stub.answer_with(methods(methods_), &event());
        assert_eq!(decision.refusal().unwrap().reason(), reason);
        assert_eq!(VERIFICATIONS.get(), (1, 0), "{reason}");
    }
}

/// Users have hashes here, and so has the decoy. An unknown user costs what they do.
#[test]
fn an_unknown_user_costs_as_much_as_the_decoy() {
    let bcrypt = "$2a$04$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i";
    let no_password = || Stub::with(&with(user(), "Password", json!("")));
    for stub in [Stub::empty(), Stub::without_secrets(), no_password()] {
        let decoy = Decoy::parse(bcrypt).unwrap();
        VERIFICATIONS.set((0, 0));
        let settings = IdentitySettings { decoy, ..IdentitySettings::default() };
        assert!(stub.answer_with(settings, &event()).0.refusal().is_some());
        assert_eq!(VERIFICATIONS.get(), (0, 1));
    }
}

#[test]
fn the_address_counts_in_the_key_phase_as_well() {
    let key_phase = with(event(), "password", json!(""));
    let stub = |networks: &str| Stub::with(&with(user(), "AcceptedIpNetwork", json!(networks)));
    let text = "the client's address is not in the user's AcceptedIpNetwork";
    refused(stub("10.0.0.0/8"), &key_phase, "address_not_accepted", text);
    assert!(stub("192.168.0.0/24").answer(&key_phase).0.grant().is_some());
    let mapped = with(key_phase, "sourceIp", json!("::ffff:192.168.0.100"));
    assert!(stub("192.168.0.0/24").answer(&mapped).0.grant().is_some());
}

#[test]
fn a_method_that_the_server_or_the_protocol_does_not_have() {
    use AuthenticationMethods::*;
    let login = |protocol: &str, password: &str| {
        with(with(event(), "protocol", json!(protocol)), "password", json!(password))
    };
    let stub = || Stub::with(&user());
    for (settings, key, password) in [
        (PublicKeyOrPassword, true, true),
        (PublicKey, true, false),
        (Password, false, true),
        (PublicKeyAndPassword, true, true),
    ] {
        for (given, allowed, how) in
            [("", key, "by public key"), ("mysecretpassword", password, "by password")]
        {
            let event = login("SFTP", given);
            if allowed {
                assert!(stub().answer_with(methods(settings), &event).0.grant().is_some());
            } else {
                let text = format!("no SFTP logins {how} on this server");
                refused_with(methods(settings), stub(), &event, "method_not_allowed", &text);
            }
        }
        for protocol in ["FTP", "FTPS"] {
            let event = login(protocol, "mysecretpassword");
            assert!(stub().answer_with(methods(settings), &event).0.grant().is_some());
            for blank in ["", " "] {
                let text = format!("no {protocol} logins by public key on this server");
                let event = login(protocol, blank);
                refused_with(methods(settings), stub(), &event, "method_not_allowed", &text);
            }
        }
    }
}

#[test]
fn the_limit_is_reached() {
    let (decision, _) = Stub::with(&user()).full().answer(&event());
    assert_eq!(response(&decision), json!({}));
    let refusal = decision.refusal().unwrap();
    assert_eq!(refusal.reason(), "session_limit_reached");
    assert_eq!(refusal.to_string(), "session limit reached: 5 of 5");
    assert_eq!(decision.admission().unwrap().counted, 5);
    assert!(decision.store_failure().is_none());
}

#[test]
fn the_store_does_not_answer() {
    for error in [StoreError::Unavailable("gone".into()), StoreError::Ambiguous("lost".into())] {
        for (on_store_failure, granted) in
            [(OnStoreFailure::Refuse, false), (OnStoreFailure::Admit, true)]
        {
            let settings = IdentitySettings { on_store_failure, ..IdentitySettings::default() };
            let stub = Stub::with(&user()).failing(error.clone());
            let (decision, _) = stub.answer_with(settings, &event());
            assert_eq!(decision.grant().is_some(), granted);
            let failure = decision.store_failure().unwrap();
            assert_eq!(
                (&failure.error, failure.decided),
                (&error.clone().into(), on_store_failure)
            );
            if !granted {
                assert_eq!(decision.refusal().unwrap().reason(), "store_unavailable");
            }
        }
    }
}

#[test]
fn what_the_store_will_never_do_is_refused_whatever_the_setting() {
    let too_large = LedgerError::LimitTooLarge { limit: SessionLimit::new(5), capacity: 4 };
    for (error, reason) in [
        (too_large, "limit_too_large"),
        (StoreError::Rejected("no".into()).into(), "store_failed"),
        (StoreError::Corrupt("odd".into()).into(), "store_failed"),
    ] {
        for on_store_failure in [OnStoreFailure::Refuse, OnStoreFailure::Admit] {
            let settings = IdentitySettings { on_store_failure, ..IdentitySettings::default() };
            let stub = Stub::with(&user()).failing(error.clone());
            let (decision, _) = stub.answer_with(settings, &event());
            assert_eq!(decision.refusal().unwrap().reason(), reason);
            assert_eq!(response(&decision), json!({}));
            assert!(decision.store_failure().is_none());
        }
    }
}

#[test]
fn unusable_keys_are_reported() {
    let secret = with(user(), "PublicKey", json!(format!("{DSA} old,{ED25519} new,ssh-rsa x")));
    let (decision, _) = Stub::with(&secret).answer(&event());
    assert_eq!(decision.unusable_keys(), 2);
    assert!(decision.grant().is_some());
}
