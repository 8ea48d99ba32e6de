use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use session_limit_core::login::{Credential, Login};

use crate::marks::check_errors_show_no_value;

/// Checks the event of an identity-provider Lambda.
///
/// The login that is read from it can be written as an event and read again. A second reader finds
/// the same in its fields. The login's `Debug` does not depend on the password. No error shows a
/// part of the event.
pub fn login_event(event: &[u8]) {
    check_errors_show_no_value(event, |event| {
        Login::parse(event).err().map(|error| error.to_string()).into_iter().collect()
    });
    let Ok(login) = Login::parse(event) else { return };
    let read = Login::parse(written(&login).as_bytes()).expect("what was read is written");
    assert_eq!(fields(&read), fields(&login));
    check_debug(login.clone());
    if let Ok(event) = serde_json::from_slice::<Map<String, Value>>(event) {
        check_fields(&login, &event);
    }
}

fn password(login: &Login) -> Option<&str> {
    match &login.credential {
        Credential::Password(password) => Some(password.expose_secret()),
        Credential::Key => None,
    }
}

/// The fields of a login, the password included.
fn fields(login: &Login) -> impl PartialEq + std::fmt::Debug {
    let Login { server, user, protocol, source, .. } = login;
    (server.clone(), user.clone(), *protocol, *source, password(login).map(str::to_owned))
}

fn written(login: &Login) -> String {
    json!({
        "serverId": login.server.as_str(),
        "username": login.user.as_str(),
        "protocol": login.protocol.as_str(),
        "sourceIp": login.source.map(|ip| ip.to_string()),
        "password": password(login),
    })
    .to_string()
}

fn check_debug(login: Login) {
    if password(&login).is_some() {
        let shown = format!("{login:?}");
        let other = Credential::Password(SecretString::from("another password"));
        assert_eq!(format!("{:?}", Login { credential: other, ..login }), shown);
    }
}

fn check_fields(login: &Login, event: &Map<String, Value>) {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    assert_eq!(login.server.as_str(), text("serverId"));
    assert_eq!(login.user.as_str(), text("username"));
    assert_eq!(login.protocol.as_str(), text("protocol"));
    match password(login) {
        Some(password) => assert_eq!(password, text("password")),
        None => assert!(text("password").trim().is_empty(), "a password was passed over"),
    }
}
