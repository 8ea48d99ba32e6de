//! The samples of the service's documentation, to the letter.

use super::*;

const CONNECTED: &str = r#"{"role":"arn:aws:iam::500655546075:role/transfer-s3","activity-type":"CONNECTED","ciphers":"chacha20-poly1305@openssh.com,chacha20-poly1305@openssh.com","client":"SSH-2.0-OpenSSH_7.4","source-ip":"52.94.133.133","resource-arn":"arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a","home-dir":"/test/log-me","ssh-public-key-fingerprint":"SHA256:BY3g…","ssh-public-key-type":"ssh-ed25519","user":"log-me","kex":"ecdh-sha2-nistp256","session-id":"9ca9a0e1cec6ad9d"}"#;
const CLOSE: &str = r#"{"path":"/test/log-me/config-file","activity-type":"CLOSE","resource-arn":"arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a","bytes-in":"121","session-id":"9ca9a0e1cec6ad9d"}"#;
const DISCONNECTED: &str = r#"{"activity-type":"DISCONNECTED","resource-arn":"arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a","session-id":"9ca9a0e1cec6ad9d"}"#;
const AUTH_FAILURE: &str = r#"{"method":"password","activity-type":"AUTH_FAILURE","source-ip":"203.0.113.9","resource-arn":"arn:aws:transfer:us-east-1:999999999999:server/s-0123456789abcdef0","message":"Invalid user name or password","user":"exampleUser"}"#;

const LEGACY_CONNECTED: &str = "user.914984e553bcddb6 CONNECTED SourceIP=1.2.3.4 User=user HomeDir=LOGICAL Client=SSH-2.0-OpenSSH_7.4 Role=arn:…";
const LEGACY_DISCONNECTED: &str = "user.914984e553bcddb6 DISCONNECTED";
const LEGACY_AUTH_FAILURE: &str =
    "ERRORS AUTH_FAILURE Method=publickey User=user Message=\"…\" SourceIP=1.2.3.4";

fn legacy_event(kind: EventKind) -> LogEntry {
    LogEntry::Session(SessionEvent {
        server: ServerId::new(SERVER).unwrap(),
        session: SessionId::new("914984e553bcddb6").unwrap(),
        user: Some(UserName::new("user").unwrap()),
        at: AT,
        kind,
    })
}

#[test]
fn structured_samples() {
    let kind = connected(Some("52.94.133.133"), Some(Phase::Key));
    assert_eq!(parse(CONNECTED), Ok(session_event(Some("log-me"), kind)));
    assert_eq!(parse(CLOSE), Ok(session_event(None, EventKind::Activity)));
    assert_eq!(parse(DISCONNECTED), Ok(session_event(None, EventKind::Ended)));
    assert_eq!(
        parse(AUTH_FAILURE),
        Ok(LogEntry::AuthFailure(AuthFailure {
            server: ServerId::new("s-0123456789abcdef0").unwrap(),
            user: Some(UserName::new("exampleUser").unwrap()),
            source: Some("203.0.113.9".parse().unwrap()),
            method: Some(FailedMethod::Password),
            at: AT,
        }))
    );
}

#[test]
fn structured_samples_pretty_printed() {
    for sample in [CONNECTED, CLOSE, DISCONNECTED, AUTH_FAILURE] {
        let value: serde_json::Value = serde_json::from_str(sample).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        assert!(pretty.lines().count() > 4);
        assert_eq!(parse(format!("\n  {}\r\n", pretty.replace('\n', "\r\n"))), parse(sample));
    }
}

#[test]
fn legacy_samples() {
    let kind = connected(Some("1.2.3.4"), None);
    assert_eq!(parse(LEGACY_CONNECTED), Ok(legacy_event(kind)));
    assert_eq!(parse(LEGACY_DISCONNECTED), Ok(legacy_event(EventKind::Ended)));
    assert_eq!(
        parse(LEGACY_AUTH_FAILURE),
        Ok(LogEntry::AuthFailure(AuthFailure {
            server: ServerId::new(SERVER).unwrap(),
            user: Some(UserName::new("user").unwrap()),
            source: Some("1.2.3.4".parse().unwrap()),
            method: Some(FailedMethod::PublicKey),
            at: AT,
        }))
    );
}

#[test]
fn every_activity_type_has_its_meaning_in_both_forms() {
    let alive = [
        "OPEN",
        "CLOSE",
        "PARTIAL_CLOSE",
        "CREATE_SYMLINK",
        "DELETE",
        "MKDIR",
        "RENAME",
        "RMDIR",
        "SETSTAT",
        "ERROR",
    ];
    let meanings = std::iter::empty()
        .chain(alive.map(|name| (name, Some(EventKind::Activity))))
        .chain(["DISCONNECTED", "EXIT_REASON"].map(|name| (name, Some(EventKind::Ended))))
        .chain(
            ["CONNECTION_REJECTED", "TLS_RESUME_FAILURE", "KEX_FAILURE", "TELEPORTED"]
                .map(|name| (name, None)),
        );
    for (name, kind) in meanings {
        let expected = kind.map_or(LogEntry::Other, |kind| session_event(Some("log-me"), kind));
        assert_eq!(parse(structured(name, r#""user":"log-me""#)), Ok(expected.clone()), "{name}");
        assert_eq!(parse(format!("log-me.{SESSION} {name} A=1")), Ok(expected), "{name}");
    }
}

#[test]
fn an_activity_without_a_session_is_of_no_consequence() {
    let error = format!(r#"{{"activity-type":"ERROR","resource-arn":"{ARN}","message":"no"}}"#);
    assert_eq!(parse(error), Ok(LogEntry::Other));
    assert_eq!(parse("ERRORS ERROR Message=\"no\""), Ok(LogEntry::Other));
}

#[test]
fn a_run_of_a_workflow_is_of_no_consequence() {
    let run = r#"{"type":"ExecutionStarted","details":{"input":{"key":"a"}},
        "transferDetails":{"serverId":"s-1","username":"log-me","sessionId":"9ca9a0e1cec6ad9d"}}"#;
    assert_eq!(parse(run), Ok(LogEntry::Other));
}

#[test]
fn a_log_stream_names_the_user_of_its_own_session_only() {
    let ended = structured("DISCONNECTED", "");
    let user = "bob.smith@example.com";
    let of = |stream: &str| parse_from(stream, &ended);
    let own = session_event(Some(user), EventKind::Ended);
    let unknown = session_event(None, EventKind::Ended);
    assert_eq!(of(&format!("{user}.{SESSION}")), Ok(own));
    assert_eq!(of(&format!("{user}.0{SESSION}")), Ok(unknown.clone()));
    assert_eq!(of(&format!("{user}.{SESSION}.x")), Ok(unknown.clone()));
    assert_eq!(of(&format!("b b.{SESSION}")), Ok(unknown.clone()));
    assert_eq!(of(SESSION), Ok(unknown));

    let other_in_the_field = structured("DISCONNECTED", r#""user":"alice""#);
    let entry = parse_from(&format!("{user}.{SESSION}"), other_in_the_field);
    assert_eq!(entry, Ok(session_event(Some("alice"), EventKind::Ended)));

    let odd_field = structured("DISCONNECTED", r#""user":"b b""#);
    let entry = parse_from(&format!("{user}.{SESSION}"), odd_field);
    assert_eq!(entry, Ok(session_event(Some(user), EventKind::Ended)));

    let entry = parse_from(&format!("{user}.{SESSION}"), structured("CONNECTED", ""));
    assert_eq!(entry, Ok(session_event(Some(user), connected(None, Some(Phase::Password)))));
}

#[test]
fn a_key_is_what_has_a_fingerprint() {
    let phase = |more: &str| {
        let more = format!(r#""user":"log-me",{more}"#);
        match parse(structured("CONNECTED", &more)) {
            Ok(LogEntry::Session(SessionEvent {
                kind: EventKind::Connected { phase, .. },
                ..
            })) => phase,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(phase(r#""ssh-public-key-fingerprint":"SHA256:x""#), Some(Phase::Key));
    assert_eq!(phase(r#""ssh-public-key-fingerprint":"""#), Some(Phase::Password));
    assert_eq!(phase(r#""ssh-public-key-fingerprint":null"#), Some(Phase::Password));
    assert_eq!(phase(r#""ssh-public-key-type":"ssh-ed25519""#), Some(Phase::Password));
}

#[test]
fn the_server_is_the_last_segment_of_the_arn() {
    let longer = structured("OPEN", "").replace(":server/", ":a/path/of/server/");
    assert_eq!(parse(longer), Ok(session_event(None, EventKind::Activity)));
}
