use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::value::RawValue;

use super::{JsonError, Value, members, unescape, value};

/// The members called `a`: their texts, or otherwise the form in which they are written.
fn read(json: &str) -> Result<Vec<String>, JsonError> {
    let members = members(json.as_bytes(), |name| (name == "a").then_some(()))?;
    let shown = members.into_iter().map(|((), value)| match value {
        Value::Text(text) => text.expose_secret().to_owned(),
        Value::Other(json) => format!("{json} as it is"),
    });
    Ok(shown.collect())
}

#[test]
fn the_members_that_are_known() {
    for (json, expected) in [
        ("{}", &[][..]),
        (r#" {"b":"x"} "#, &[]),
        (r#"{"a":"x","b":{"a":"y"},"a": [ 1] }"#, &["x", "[ 1] as it is"]),
        (r#"{"\u0061":null}"#, &["null as it is"]),
        (r#"{"a":"","b":"\ud800"}"#, &[""]),
    ] {
        assert_eq!(read(json).unwrap(), expected, "{json}");
    }
    assert!(members(b"{\"b\":\"\xff\"}", |name| (name == "a").then_some(())).unwrap().is_empty());
}

#[test]
fn what_is_no_object() {
    for json in [
        "",
        "{",
        "{}}",
        "{} x",
        "{\"a\":\"x}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\",\"a\":1}",
        "\"x",
        "\"\\ud800\"",
        "x",
        "-",
        " 1e999",
    ] {
        assert_eq!(read(json), Err(JsonError::NotJson), "{json}");
    }
    for json in ["\"x\"", " \"x\" y", "[", "5", "-5 x", "null"] {
        assert_eq!(read(json), Err(JsonError::NotAnObject), "{json}");
    }
    for json in [&b"{\"a\":\"\xff\"}"[..], b"\"\xff\""] {
        assert!(matches!(members(json, |_| Some(())), Err(JsonError::NotJson)));
    }
}

/// A text as it may be written in JSON, and a little more.
fn written() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z/ ]{1,3}",
        2 => "[äß€😀\u{7f}\u{2028}]",
        4 => r#"\\["\\/bfnrt]"#,
        4 => r"\\u00[0-9a-fA-F]{2}",
        4 => r"\\u[0-9a-fA-F]{4}",
        3 => r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}",
        1 => r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
        1 => r#"\\|"|\n|\\[uxU+'0]|\\u\+12[0-9a-f]|\\u[0-9a-fä]{1,3}"#,
    ];
    let text = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    text.prop_map(|text| format!("\"{text}\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_text_is_what_serde_json_makes_of_it(json in written()) {
        let read = serde_json::from_str::<&RawValue>(&json).ok().and_then(|raw| value(raw).ok());
        let read = read.map(|value| match value {
            Value::Text(text) => text.expose_secret().to_owned(),
            Value::Other(json) => panic!("{json} is a text"),
        });
        prop_assert_eq!(read, serde_json::from_str::<String>(&json).ok());
    }

    #[test]
    fn the_buffer_of_a_text_never_grows(json in written()) {
        if serde_json::from_str::<&RawValue>(&json).is_ok() {
            let text = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')).unwrap();
            let unescaped = unescape(text);
            prop_assert!(unescaped.is_none_or(|unescaped| unescaped.capacity() == text.len()));
        }
    }
}
