//! Reading the documents that CloudWatch Logs may send, and some that it does not.

mod support;

use session_limit_cloudwatch_logs::{CutOff, Payload};
use session_limit_core::event::{EventKind, LogEntry};
use session_limit_harness::payloads::{GROUP, STREAM, document, encode, event};
use support::{read, texts};

const CONNECTED: &str = r#"{"role":"arn:aws:iam::500655546075:role/transfer-s3","activity-type":"CONNECTED","ciphers":"chacha20-poly1305@openssh.com,chacha20-poly1305@openssh.com","client":"SSH-2.0-OpenSSH_7.4","source-ip":"52.94.133.133","resource-arn":"arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a","home-dir":"/test/log-me","ssh-public-key-fingerprint":"SHA256:BY3g","ssh-public-key-type":"ssh-ed25519","user":"log-me","kex":"ecdh-sha2-nistp256","session-id":"9ca9a0e1cec6ad9d"}"#;
const DISCONNECTED: &str = r#"{"activity-type":"DISCONNECTED","resource-arn":"arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a","session-id":"9ca9a0e1cec6ad9d"}"#;
const LEGACY: &str = "log-me.9ca9a0e1cec6ad9d DISCONNECTED";

#[test]
fn messages_come_in_their_order_with_time_and_origin() {
    let events = [
        event(1_432_826_855_000, CONNECTED),
        event(1_432_826_855_001, DISCONNECTED),
        event(1_432_826_855_002, LEGACY),
    ];
    let (messages, summary) = read(document(&events.join(",")));
    let expected = |text: &str, at| (text.to_owned(), at, GROUP.to_owned(), STREAM.to_owned());
    assert_eq!(
        messages,
        [
            expected(CONNECTED, 1_432_826_855_000),
            expected(DISCONNECTED, 1_432_826_855_001),
            expected(LEGACY, 1_432_826_855_002),
        ]
    );
    assert_eq!((summary.messages, summary.skipped, summary.cut_off), (3, 0, None));
    assert!(!summary.control);
}

#[test]
fn messages_are_read_as_session_events() {
    let events = [CONNECTED, DISCONNECTED, LEGACY].map(|message| event(7, message)).join(",");
    let payload = Payload::new(encode(document(&events)));
    let mut messages = payload.messages();
    let mut kinds = Vec::new();
    while let Some(message) = messages.next_message() {
        let LogEntry::Session(event) = message.parse().unwrap() else { panic!("{message:?}") };
        assert_eq!(event.session.as_str(), "9ca9a0e1cec6ad9d");
        assert_eq!(event.server.as_str(), "s-3fe215d89f074ed2a");
        assert_eq!(event.user.unwrap().as_str(), "log-me", "of the message or the log stream");
        kinds.push(event.kind);
    }
    assert!(matches!(kinds[..], [EventKind::Connected { .. }, EventKind::Ended, EventKind::Ended]));
}

#[test]
fn a_control_message_is_ignored() {
    let probe = document(&event(1, "CWL CONTROL MESSAGE: Checking health of destination Lambda."));
    let (messages, summary) = read(probe.replace("DATA_MESSAGE", "CONTROL_MESSAGE"));
    assert_eq!(messages, []);
    assert!(summary.control);
    assert_eq!((summary.messages, summary.cut_off), (0, None));
}

#[test]
fn the_order_of_fields_does_not_matter() {
    let fields = [
        r#""messageType":"DATA_MESSAGE""#.to_owned(),
        format!(r#""logGroup":"{GROUP}""#),
        format!(r#""logStream":"{STREAM}""#),
        format!(r#""logEvents":[{},{}]"#, event(1, "one"), event(2, "two")),
    ];
    let (expected, summary) = read(format!("{{{}}}", fields.join(",")));
    assert_eq!(texts(&expected), ["one", "two"]);
    for turn in 1..fields.len() {
        let mut turned = fields.clone();
        turned.rotate_left(turn);
        assert_eq!(read(format!("{{{}}}", turned.join(","))), (expected.clone(), summary));
    }
    let control = fields.map(|field| field.replace("DATA", "CONTROL"));
    let (messages, summary) = read(format!("{{{},{},{0}}}", control[3], control[0]));
    assert_eq!((messages, summary.control), (vec![], true), "also where the events come first");
}

#[test]
fn what_a_document_leaves_out_is_done_without() {
    let (messages, summary) = read(format!(r#"{{"logEvents":[{}]}}"#, event(1, "one")));
    assert_eq!(messages, [("one".to_owned(), 1, String::new(), String::new())]);
    assert_eq!(summary.cut_off, None);
    for nothing in ["{}", " { } \n", r#"{"logEvents":null}"#, r#"{"logEvents":[]}"#] {
        let (messages, summary) = read(nothing);
        assert_eq!((messages, summary.cut_off), (vec![], None), "{nothing}");
    }
    let odd = r#"{"messageType":1,"logGroup":[],"logStream":{"a":"}"},"logEvents":{"a":[1]}}"#;
    assert_eq!(read(odd).1.cut_off, None);
}

#[test]
fn an_event_of_another_shape_is_skipped_and_the_rest_goes_on() {
    for odd in [
        "null",
        "17",
        "1.5e3",
        "true",
        "\"text\"",
        "[]",
        "{}",
        r#"{"timestamp":1}"#,
        r#"{"message":"no time"}"#,
        r#"{"timestamp":-1,"message":"a"}"#,
        r#"{"timestamp":"1","message":"a"}"#,
        r#"{"timestamp":1,"message":null}"#,
        r#"{"timestamp":1,"message":["a"]}"#,
        r#"{"timestamp":1,"message":{"a":"]}"}}"#,
        r#"[1,"a"]"#,
        r#"{"timestamp":1,"timestamp":2,"message":"twice"}"#,
        r#"{"timestamp":1,"message":"a","message":"b"}"#,
        r#"{"message":"a","timestamp":1,"message":"b"}"#,
    ] {
        // One at a time, and many at once.
        for comma in [" , ", ","] {
            let [one, two, three, four] =
                ["one", "two", "three", "four"].map(|text| event(1, text));
            let events = [&*one, &two, odd, &three, &four].join(comma);
            let (messages, summary) = read(document(&events));
            assert_eq!(texts(&messages), ["one", "two", "three", "four"], "{odd}");
            assert_eq!((summary.messages, summary.skipped), (4, 1), "{odd}");
            assert_eq!(summary.cut_off, None, "{odd}");
        }
    }
}

#[test]
fn a_character_that_is_none_spoils_one_message() {
    let bad = event(1, "bad").replace("bad", r"ab\ud800");
    let events = [event(1, "one"), event(2, "two"), bad, event(3, "aXX"), event(4, "three")];
    let mut bytes = document(&events.join(",")).into_bytes();
    let at = bytes.windows(2).position(|pair| pair == b"XX").unwrap();
    bytes[at] = 0xff;
    let payload = encode(bytes);
    let payload = Payload::new(payload);
    let mut messages = payload.messages();
    let mut texts = Vec::new();
    while let Some(message) = messages.next_message() {
        if let Err(error) = message.text {
            assert_eq!(message.parse(), Err(error.into()));
        }
        texts.push(message.text.map(str::to_owned).map_err(|error| error.valid_up_to()));
    }
    let good = |text: &str| Ok(text.to_owned());
    assert_eq!(texts, [good("one"), good("two"), Err(2), Err(1), good("three")]);
    assert_eq!(messages.summary().cut_off, None);
}

#[test]
fn what_is_not_json_is_cut_off_there() {
    let good = document(&[event(1, "one"), event(2, "two")].join(","));
    let two = event(2, "two");
    for (bad, left) in [
        (good.replace(&two, "nonsense"), 1),
        (good.replace(&two, "{\"message\" \"two\"}"), 1),
        (good.replace(&format!(",{two}"), &two), 1),
        (good.replace("[{", "[,{"), 0),
        (good.replace("},{", "},,{"), 1),
        (good.replace("]}", "}}"), 2),
        (format!("{good}{good}"), 2),
        (format!("[{good}]"), 0),
        ("17".to_owned(), 0),
        ("\"text\"".to_owned(), 0),
        (good.replace("\"owner\":", "\"owner\""), 0),
    ] {
        let (messages, summary) = read(&bad);
        assert_eq!(texts(&messages), ["one", "two"][..left], "{bad}");
        assert_eq!(summary.cut_off, Some(CutOff::NotJson), "{bad}");
    }
}
