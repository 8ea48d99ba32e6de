//! Messages that are damaged, or that a client has tried to shape.

use super::*;

const MARKER: &str = "xMARKERx";

/// The error of a message, which must not show the marker.
fn error(message: impl AsRef<[u8]>) -> LogError {
    let error = parse(message).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(MARKER), "{error}");
    error
}

fn text(message: impl AsRef<[u8]>) -> String {
    error(message).to_string()
}

#[test]
fn what_is_neither_form_is_an_error() {
    assert_eq!(error(b"ab\xffc"), LogError::NotUtf8 { offset: 2 });
    let nothing: [&str; 8] = [
        "",
        " \n",
        "DISCONNECTED",
        "xMARKERx DISCONNECTED",
        "[{\"activity-type\":\"DISCONNECTED\"}]",
        "null",
        "user.914984e553bcddb6",
        "\"activity-type\": \"DISCONNECTED\", \"x\": \"xMARKERx.1\"",
    ];
    for nothing in nothing {
        assert_eq!(error(nothing), LogError::NotAnEvent, "{nothing:?}");
    }
}

#[test]
fn damaged_json_is_an_error_that_says_where() {
    let whole = structured("DISCONNECTED", r#""path":"xMARKERx""#);
    for end in 1..whole.len() {
        assert_eq!(error(whole.get(..end).unwrap()), LogError::CutOff, "{end}");
    }
    assert_eq!(error("{\"a\":1,\n \"b\": xMARKERx}"), LogError::NotJson { line: 2, column: 7 });
    for broken in [
        "{xMARKERx}",
        "{\"a\":1,}",
        "{\"a\":\"x\ny\"}",
        "{\"a\":\"x\0y\"}",
        "{\"a\":\"\\x\"}",
        "{\"activity-type\":\"\\ud800\"}",
        "{\"activity-type\":1e999999}",
        "{\"a\":01}",
        "{} {}",
        "{}xMARKERx",
    ] {
        assert!(matches!(error(broken), LogError::NotJson { .. }), "{broken:?}");
    }
}

#[test]
fn a_field_that_is_needed_has_to_make_sense() {
    let user = r#""user":"log-me""#;
    for (activity, more) in
        [("CONNECTED", user), ("DISCONNECTED", ""), ("EXIT_REASON", ""), ("OPEN", "")]
    {
        let good = structured(activity, more);
        assert!(matches!(parse(&good), Ok(LogEntry::Session(_))), "{activity}");
        let with = |old: &str, new: &str| {
            let changed = good.replace(&format!("\"{old}\""), new);
            assert_ne!(changed, good);
            text(changed)
        };
        assert_eq!(with(SESSION, "5"), "`session-id` is a number, expected a string");
        assert_eq!(with(SESSION, "[\"xMARKERx\"]"), "`session-id` is an array, expected a string");
        assert_eq!(with(ARN, "{\"a\":{}}"), "`resource-arn` is an object, expected a string");
        assert_eq!(with(ARN, "true"), "`resource-arn` is a boolean, expected a string");
        assert_eq!(with(ARN, "null"), "`resource-arn` is missing");
        let rule = "expected \"s-\" and 1 to 64 ASCII letters or digits";
        let not_a_server = format!("`resource-arn` is not a valid server id: {rule}");
        for arn in
            ["\"s-1234\"", "\"arn:x:server/\"", "\"arn:x:server/s-1/xMARKERx\"", "\"/s-1\\n\""]
        {
            assert_eq!(with(ARN, arn), not_a_server);
        }
        for id in ["xMARKERx.1", "xMARKERx\\u0000", "xMARKERx\\r\\nget a", "xMARKERx /"] {
            let error = with(SESSION, &format!("\"{id}\""));
            assert!(error.starts_with("`session-id` is not a valid session id"), "{error}");
        }
        let huge = format!("\"{}\"", "x".repeat(1024 * 1024));
        assert!(with(SESSION, &huge).starts_with("`session-id` is not"));
        if activity != "OPEN" {
            assert_eq!(with(SESSION, "\"\""), "`session-id` is missing");
            assert_eq!(with("session-id", "\"session-ID\""), "`session-id` is missing");
        }
    }
    assert_eq!(text(r#"{"activity-type":5}"#), "`activity-type` is a number, expected a string");
    assert_eq!(text(r#"{"activity-type":"AUTH_FAILURE"}"#), "`resource-arn` is missing");
}

#[test]
fn a_connection_needs_its_user() {
    let user = |user: &str| text(structured("CONNECTED", &format!("\"user\":{user}")));
    assert_eq!(user("null"), "`user` is missing");
    assert_eq!(user("\"\""), "`user` is missing");
    assert_eq!(user("7"), "`user` is a number, expected a string");
    for name in ["xMARKERx y", "xMARKERx\\n", "xMARKERx\\u0000", "..", "xMARKERx/.."] {
        let error = user(&format!("\"{name}\""));
        assert!(error.starts_with("`user` is not a valid user name"), "{error}");
    }
    assert!(text(format!("xx.{SESSION} CONNECTED")).starts_with("`user` is not a valid"));
}

#[test]
fn a_field_that_is_not_needed_may_be_odd() {
    let odd =
        ["5", "[[1]]", "{\"a\":null}", "\"\"", "\"\\u0000\"", "\"no\\nsense\"", "true", "null"];
    let ended = parse(structured("DISCONNECTED", ""));
    let opened = parse(structured("OPEN", ""));
    let came = Ok(session_event(Some("log-me"), connected(None, Some(Phase::Password))));
    for odd in odd {
        let user = format!("\"user\":{odd}");
        assert_eq!(parse(structured("DISCONNECTED", &user)), ended, "{odd}");
        assert_eq!(parse(structured("OPEN", &user)), opened, "{odd}");
        let source = format!("\"user\":\"log-me\",\"source-ip\":{odd}");
        assert_eq!(parse(structured("CONNECTED", &source)), came, "{odd}");
        let message = format!(
            "{{\"activity-type\":\"AUTH_FAILURE\",\"resource-arn\":\"{ARN}\",\"user\":{odd},\
             \"source-ip\":{odd}}}"
        );
        assert_eq!(
            parse(message),
            Ok(LogEntry::AuthFailure(AuthFailure {
                server: ServerId::new(SERVER).unwrap(),
                user: None,
                source: None,
                method: None,
                at: AT
            }))
        );
    }
}

#[test]
fn deep_nesting_and_huge_values_do_no_harm() {
    let deep = |depth| format!("{}0{}", "[{\"a\":".repeat(depth), "}]".repeat(depth));
    let ended = parse(structured("DISCONNECTED", ""));
    for junk in [
        deep(50_000),
        "1e999999".to_owned(),
        "9".repeat(5_000),
        format!("\"{}\"", "x".repeat(1024 * 1024)),
    ] {
        assert_eq!(parse(structured("DISCONNECTED", &format!("\"path\":{junk}"))), ended);
    }
    let wrong = structured("OPEN", "").replace(&format!("\"{SESSION}\""), &deep(50_000));
    assert_eq!(text(wrong), "`session-id` is an array, expected a string");
    assert_eq!(error("{\"a\":".repeat(100_000)), LogError::CutOff);
    assert_eq!(error("[".repeat(100_000)), LogError::NotAnEvent);
}

#[test]
fn a_field_that_is_there_twice_is_an_error() {
    let twice = |activity: &str, more: &str| text(structured(activity, more));
    assert_eq!(
        twice("OPEN", r#""activity-type":"DISCONNECTED""#),
        "`activity-type` is there more than once"
    );
    assert_eq!(
        twice("OPEN", r#""activity\u002dtype":"DISCONNECTED""#),
        "`activity-type` is there more than once"
    );
    assert_eq!(twice("OPEN", r#""session-id":"xMARKERx""#), "`session-id` is there more than once");
    assert_eq!(twice("OPEN", r#""user":null,"user":"bob""#), "`user` is there more than once");
    assert_eq!(
        parse(structured("OPEN", r#""path":"a","path":"b""#)),
        parse(structured("OPEN", "")),
        "a field that nobody reads may be there twice"
    );
}

#[test]
fn a_file_named_disconnected_is_a_file() {
    let opened = parse(structured("OPEN", ""));
    for more in [
        r#""path":"DISCONNECTED""#,
        r#""path":"/home/\",\"activity-type\":\"DISCONNECTED""#,
        r#""details":{"activity-type":"DISCONNECTED"}"#,
        r#""details":[{"activity-type":"DISCONNECTED"}]"#,
        r#""DISCONNECTED":"DISCONNECTED""#,
        r#""Activity-Type":"DISCONNECTED""#,
        r#""activity-type ":"DISCONNECTED""#,
    ] {
        assert_eq!(parse(structured("OPEN", more)), opened, "{more}");
    }
    let legacy = parse(format!("log-me.{SESSION} OPEN Path=/a"));
    assert!(matches!(&legacy, Ok(LogEntry::Session(e)) if e.kind == EventKind::Activity));
    for path in ["DISCONNECTED", "\"DISCONNECTED\"", "x\nalice.1234 DISCONNECTED", "x DISCONNECTED"]
    {
        assert_eq!(parse(format!("log-me.{SESSION} OPEN Path={path}")), legacy, "{path}");
    }
}

#[test]
fn what_a_client_sends_cannot_name_another_session() {
    let failure = "ERRORS AUTH_FAILURE User=x\nalice.9ca9a0e1cec6ad9d DISCONNECTED";
    assert!(matches!(parse(failure), Ok(LogEntry::AuthFailure(_))));
    let client = format!("log-me.{SESSION} CONNECTED SourceIP=1.2.3.4 Client=SSH-2.0-x User=alice");
    let came = session_event(Some("log-me"), connected(Some("1.2.3.4"), None));
    assert_eq!(parse(client), Ok(came));
}

#[test]
fn legacy_text_needs_the_log_group_of_a_server() {
    let of = |log_group| {
        let origin = LogOrigin { log_group, log_stream: "a" };
        LogEntry::parse(&format!("log-me.{SESSION} DISCONNECTED"), AT, origin)
    };
    assert!(of(GROUP).is_ok());
    for group in ["", "/aws/transfer/", "/aws/lambda/s-1234", "/aws/transfer/s-1/xMARKERx", SERVER]
    {
        assert!(
            matches!(of(group), Err(LogError::Invalid { field: "log group", .. })),
            "{group:?}"
        );
    }
}

#[test]
fn legacy_sessions_have_to_make_sense() {
    for (line, field) in [
        ("log-me. DISCONNECTED", "missing"),
        ("ERRORS DISCONNECTED", "missing"),
        ("ERRORS CONNECTED User=log-me", "missing"),
        ("log-me.xMARKERx/ DISCONNECTED", "not a valid session id"),
        ("log-me.xMARKERx\0 DISCONNECTED", "not a valid session id"),
    ] {
        let error = text(line);
        assert!(error.starts_with("`session id` is ") && error.contains(field), "{error}");
    }
    let end_of_nobody = parse(format!("x.{SESSION} DISCONNECTED\r\n"));
    assert_eq!(end_of_nobody, Ok(session_event(None, EventKind::Ended)));
}
