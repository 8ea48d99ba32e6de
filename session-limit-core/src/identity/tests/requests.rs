//! The requests to the ledger.

use serde_json::json;

use super::stub::{Stub, event, user};
use super::*;
use crate::methods::AuthenticationMethods::{self, *};

fn request(methods: AuthenticationMethods, password: bool, key_phase: bool) -> AdmissionRequest {
    let mut secret = user();
    let mut event = event();
    if !password {
        secret["SFTPPassword"] = json!("");
    }
    if key_phase {
        event["password"] = json!("");
    }
    let settings =
        IdentitySettings { methods: ServerMethods::all(methods), ..IdentitySettings::default() };
    Stub::with(&secret).answer_with(settings, &event).1.ledger.request()
}

#[test]
fn all_of_it() {
    let mut mapped = event();
    mapped["sourceIp"] = json!("::ffff:192.168.0.100");
    let (_, provider) = Stub::with(&user()).answer(&mapped);
    assert_eq!(
        provider.ledger.request(),
        AdmissionRequest {
            server: "s-1234567890abcdef0".parse().unwrap(),
            user: "bobusa".parse().unwrap(),
            limit: SessionLimit::new(5),
            phase: Phase::Password,
            has_password: true,
            source: Some([192, 168, 0, 100].into()),
            token: token(),
        }
    );
}

#[test]
fn whether_the_user_could_log_in_by_password_as_well() {
    for methods in [PublicKeyOrPassword, PublicKeyAndPassword] {
        assert!(request(methods, true, false).has_password);
        assert!(request(methods, true, true).has_password);
        assert!(!request(methods, false, true).has_password);
    }
    // The secret has one, but this server never asks for it.
    assert!(!request(PublicKey, true, true).has_password);
    assert!(request(Password, true, false).has_password);
}
