use std::net::IpAddr;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Credential, Login, LoginError, Phase, Protocol};

/// The service's own sample.
fn sample() -> Value {
    json!({
        "username": "bobusa",
        "password": "mysecretpassword",
        "protocol": "SFTP",
        "serverId": "s-1234567890abcdef0",
        "sourceIp": "192.168.0.100",
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut event = sample();
    event[field] = value;
    event
}

fn without(field: &str) -> Value {
    let mut event = sample();
    event.as_object_mut().unwrap().remove(field);
    event
}

fn parse(event: &Value) -> Result<Login, LoginError> {
    Login::parse(event.to_string().as_bytes())
}

fn password(login: &Login) -> &str {
    match &login.credential {
        Credential::Password(password) => password.expose_secret(),
        Credential::Key => panic!("no password"),
    }
}

#[test]
fn the_services_sample() {
    let login = parse(&sample()).unwrap();
    assert_eq!(login.server.as_str(), "s-1234567890abcdef0");
    assert_eq!(login.user.as_str(), "bobusa");
    assert_eq!(login.protocol, Protocol::Sftp);
    assert_eq!(login.source, Some(IpAddr::from([192, 168, 0, 100])));
    assert_eq!(password(&login), "mysecretpassword");
    assert_eq!(login.phase(), Phase::Password);
}

#[test]
fn every_protocol() {
    for protocol in Protocol::ALL {
        assert_eq!(parse(&with("protocol", json!(protocol.as_str()))).unwrap().protocol, protocol);
    }
}

#[test]
fn without_a_password_it_is_the_key_phase() {
    for event in [without("password")].into_iter().chain(
        [json!(null), json!(""), json!(" "), json!("\t\n ")].map(|value| with("password", value)),
    ) {
        assert_eq!(parse(&event).unwrap().phase(), Phase::Key, "{event}");
    }
}

#[test]
fn a_password_is_taken_to_the_letter() {
    for text in [" x ", "pass\nword", "\u{0}", "pä\"ss\\", "0"] {
        assert_eq!(password(&parse(&with("password", json!(text))).unwrap()), text);
    }
}

#[test]
fn the_longest_password_is_counted_in_characters() {
    assert!(parse(&with("password", json!("ä".repeat(1024)))).is_ok());
    let error = parse(&with("password", json!("a".repeat(1025)))).unwrap_err();
    assert_eq!(error.to_string(), "password: expected at most 1024 characters");
}

#[test]
fn the_address_in_any_form() {
    for (text, expected) in [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:0A00:0001", "10.0.0.1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
    ] {
        let login = parse(&with("sourceIp", json!(text))).unwrap();
        assert_eq!(login.source, Some(expected.parse().unwrap()));
    }
    for event in [without("sourceIp"), with("sourceIp", json!(null)), with("sourceIp", json!(""))] {
        assert_eq!(parse(&event).unwrap().source, None);
    }
}

#[test]
fn unknown_fields_are_ignored() {
    let event = with("somethingNew", json!({"deeply": ["nested", {"password": "x"}]}));
    assert_eq!(password(&parse(&event).unwrap()), "mysecretpassword");
}

#[test]
fn each_field_wrong_in_turn() {
    let long = "a".repeat(1 << 20);
    let cases = [
        (without("username"), "username is missing"),
        (without("serverId"), "serverId is missing"),
        (without("protocol"), "protocol is missing"),
        (with("username", json!(null)), "username is missing"),
        (with("username", json!(5)), "username: expected a string"),
        (with("username", json!([1, "x"])), "username: expected a string"),
        (with("username", json!("")), "username: not a valid user name"),
        (with("username", json!("a/b")), "username: not a valid user name"),
        (with("username", json!("bob\0")), "username: not a valid user name"),
        (with("username", json!("bob\nset x")), "username: not a valid user name"),
        (with("username", json!(long)), "username: not a valid user name"),
        (with("serverId", json!({})), "serverId: expected a string"),
        (with("serverId", json!("x-1")), "serverId: not a valid server id"),
        (with("serverId", json!("s-1\r\n")), "serverId: not a valid server id"),
        (with("protocol", json!(true)), "protocol: expected a string"),
        (with("protocol", json!("sftp")), "protocol: expected SFTP, FTPS or FTP"),
        (with("protocol", json!("AS2")), "protocol: expected SFTP, FTPS or FTP"),
        (with("protocol", json!("")), "protocol: expected SFTP, FTPS or FTP"),
        (with("sourceIp", json!(1.5)), "sourceIp: expected a string"),
        (with("sourceIp", json!("localhost")), "sourceIp: expected an IPv4 or IPv6 address"),
        (with("sourceIp", json!("10.0.0.0/8")), "sourceIp: expected an IPv4 or IPv6 address"),
        (with("sourceIp", json!(" ")), "sourceIp: expected an IPv4 or IPv6 address"),
        (with("password", json!(12345)), "password: expected a string"),
        (with("password", json!(-1)), "password: expected a string"),
        (with("password", json!(["x"])), "password: expected a string"),
        (with("password", json!(long)), "password: expected at most 1024 characters"),
    ];
    for (event, expected) in cases {
        let error = parse(&event).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error:?} is not {expected:?}");
        assert!(error.len() < 200, "{error}");
    }
}

#[test]
fn what_is_no_object_at_all() {
    let deep = "[".repeat(100_000);
    for event in ["", "nonsense", "{", "{\"a\":1}}", "\u{feff}{}", "{\"password\":1e999}", &deep] {
        let error = Login::parse(event.as_bytes()).unwrap_err();
        assert!(matches!(error, LoginError::NotJson | LoginError::NotAnObject), "{error}");
    }
    for event in ["null", "[]", "\"x\"", "5", "99999999999999999999999999"] {
        assert_eq!(Login::parse(event.as_bytes()).unwrap_err(), LoginError::NotAnObject);
    }
    assert_eq!(Login::parse(b"\xff\xfe").unwrap_err(), LoginError::NotJson);
}

#[test]
fn a_field_that_cannot_be_read_goes_before_one_that_is_wrong() {
    for value in [r#""\ud800""#, r#""\udc00x""#, r#"{"\ud800":1}"#, "1e999", "-1e999", "01"] {
        for event in [
            format!("{{\"password\":{value}}}"),
            format!("{{\"password\":\"x\",\"password\":{value}}}"),
            format!("{{\"password\":{value},\"password\":\"x\"}}"),
        ] {
            assert_eq!(Login::parse(event.as_bytes()).unwrap_err(), LoginError::NotJson, "{event}");
        }
    }
}

#[test]
fn deep_nesting_in_an_unknown_field_does_no_harm() {
    let depth = 100_000;
    let event = format!(
        "{{\"x\":{}{},\"username\":\"bob\",\"serverId\":\"s-1\",\"protocol\":\"FTP\"}}",
        "[".repeat(depth),
        "]".repeat(depth)
    );
    // Whether it is tolerated is the JSON reader's to say; that it returns is ours.
    let _ = Login::parse(event.as_bytes());
}

#[test]
fn a_field_that_comes_twice_is_refused() {
    for field in ["username", "serverId", "protocol", "sourceIp", "password"] {
        let event = sample().to_string();
        let twice = format!("{{\"{field}\":\"x\",{}", event.strip_prefix('{').unwrap());
        assert_eq!(Login::parse(twice.as_bytes()).unwrap_err(), LoginError::Repeated { field });
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(event in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = Login::parse(&event);
    }

    #[test]
    fn no_value_shows_in_an_error_or_in_debug(
        field in prop::sample::select(vec!["username", "serverId", "protocol", "sourceIp"]),
        text in "(MARKER|[\\PC]MARKER|MARKER\\x00|\"MARKER\"){1,3}",
        password in "MARKER.*",
    ) {
        let event = json!({
            "username": "bob", "serverId": "s-1", "protocol": "SFTP", "password": password,
        });
        if let Ok(login) = parse(&event) {
            let debug = format!("{login:?}");
            prop_assert!(!debug.contains("MARKER"));
        }
        let mut event = event;
        event[field] = json!([text.clone()]);
        let error = parse(&event).unwrap_err();
        let shown = format!("{error} {error:?}");
        prop_assert!(!shown.contains("MARKER"));
        event[field] = json!(format!("{text} "));
        let error = parse(&event).unwrap_err();
        let shown = format!("{error} {error:?}");
        prop_assert!(!shown.contains("MARKER"));
    }

    #[test]
    fn every_password_arrives_as_it_was_sent(text in "\\PC{1,1024}") {
        prop_assume!(!text.trim().is_empty());
        let login = parse(&with("password", json!(text.clone()))).unwrap();
        prop_assert_eq!(password(&login), text.as_str());
    }
}
