//! Payloads that were damaged, cut off or made to hurt.

mod support;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use session_limit_cloudwatch_logs::{Bounds, CutOff, Delivery, Payload};
use session_limit_harness::payloads::{base64, document, encode, event, gzip};
use support::{read, read_data, texts};

/// Messages that do not compress well, so that the payload is long.
fn long_document(count: u64) -> String {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state
    };
    let events = (0..count).map(|n| event(n, &format!("{:x}{:x}", random(), random())));
    document(&events.collect::<Vec<_>>().join(","))
}

#[test]
fn what_came_before_the_end_of_truncated_data_is_read() {
    let document = long_document(5_000);
    let (whole, _) = read(&document);
    assert_eq!(whole.len(), 5_000);
    let compressed = gzip(document.as_bytes());
    let mut last = 0;
    for length in (0..compressed.len()).step_by(compressed.len() / 50) {
        let (messages, summary) = read_data(&base64(&compressed[..length]), Bounds::default());
        assert_eq!(summary.cut_off, Some(CutOff::Truncated), "after {length} bytes");
        assert_eq!(messages[..], whole[..messages.len()]);
        assert!(messages.len() >= last, "more data, fewer messages");
        last = messages.len();
    }
    assert!(last > 4_500, "most of it was there: {last}");
    // The checksum is missing, the messages are not.
    let (messages, summary) =
        read_data(&base64(&compressed[..compressed.len() - 1]), Bounds::default());
    assert_eq!((messages.len(), summary.cut_off), (5_000, Some(CutOff::Truncated)));
}

#[test]
fn no_more_is_read_when_the_time_is_over() {
    let document = long_document(5_000);
    let data = base64(&gzip(document.as_bytes()));
    let read_until = |until| read_data(&data, Bounds { until: Some(until), ..Bounds::default() });
    let (messages, summary) = read_until(Instant::now());
    assert_eq!((messages.len(), summary.cut_off), (0, Some(CutOff::NoTime)));
    let (messages, summary) = read_until(Instant::now() + Duration::from_secs(3_600));
    assert_eq!((messages.len(), summary.cut_off), (5_000, None));
}

#[test]
fn a_document_that_ends_early_is_read_up_to_there() {
    let document = document(&[event(1, "one"), event(2, "two")].join(","));
    for length in 0..document.len() {
        let (messages, summary) = read(&document[..length]);
        assert_eq!(texts(&messages), ["one", "two"][..messages.len()]);
        assert_eq!(summary.cut_off, Some(CutOff::Truncated), "{}", &document[..length]);
    }
}

#[test]
fn what_came_before_damage_is_read() {
    let document = long_document(5_000);
    let mut compressed = gzip(document.as_bytes());
    let middle = compressed.len() / 2;
    compressed[middle..middle + 64].fill(0xff);
    let (messages, summary) = read_data(&base64(&compressed), Bounds::default());
    assert!(summary.cut_off.is_some());
    assert!((2_000..3_000).contains(&messages.len()), "{} messages", messages.len());

    let mut compressed = gzip(document.as_bytes());
    let checksum = compressed.len() - 8;
    compressed[checksum] ^= 1;
    let (messages, summary) = read_data(&base64(&compressed), Bounds::default());
    assert_eq!((messages.len(), summary.cut_off), (5_000, Some(CutOff::NotGzip)));
}

#[test]
fn data_that_are_not_base64_or_not_gzip_are_refused() {
    for data in ["!", "====", "a b", "H4sI\u{e9}"] {
        assert_eq!(read_data(data, Bounds::default()).1.cut_off, Some(CutOff::NotBase64), "{data}");
    }
    let good = base64(&gzip(document(&event(1, "one")).as_bytes()));
    let unpadded = good.trim_end_matches('=');
    assert_eq!(read_data(unpadded, Bounds::default()).1.cut_off, None);
    let plain = base64(document(&event(1, "one")).as_bytes());
    assert_eq!(read_data(&plain, Bounds::default()).1.cut_off, Some(CutOff::NotGzip));
    assert_eq!(read_data("", Bounds::default()).1.cut_off, Some(CutOff::Truncated));

    let mut spoilt = base64(&gzip(long_document(5_000).as_bytes()));
    let middle = spoilt.len() / 2;
    spoilt.replace_range(middle..=middle, "*");
    let (messages, summary) = read_data(&spoilt, Bounds::default());
    assert_eq!(summary.cut_off, Some(CutOff::NotBase64));
    assert!((2_000..3_000).contains(&messages.len()), "{} messages", messages.len());
}

#[test]
fn an_event_is_read_up_to_its_bound() {
    let bounds = Bounds { event: 1_000, ..Bounds::default() };
    let data = |length: usize| {
        let events = [event(1, "one"), event(2, &"x".repeat(length)), event(3, "three")];
        encode(document(&events.join(",")))
    };
    let others = event(2, "").len();
    let (messages, summary) = read_data(&data(1_000 - others), bounds);
    assert_eq!((messages.len(), summary.cut_off), (3, None));
    let (messages, summary) = read_data(&data(1_001 - others), bounds);
    assert_eq!(texts(&messages), ["one"]);
    assert_eq!(summary.cut_off, Some(CutOff::EventTooLarge(1_000)));
}

#[test]
fn data_are_read_up_to_their_bound() {
    let document = document(&[event(1, "one"), event(2, "two")].join(","));
    let within = |inflated| {
        let bounds = Bounds { inflated, ..Bounds::default() };
        read_data(&encode(&document), bounds)
    };
    let (messages, summary) = within(document.len() as u64);
    assert_eq!((messages.len(), summary.cut_off), (2, None));
    let (messages, summary) = within(document.len() as u64 - 1);
    assert_eq!(messages.len(), 2);
    assert_eq!(summary.cut_off, Some(CutOff::TooLarge(document.len() as u64 - 1)));
    let (messages, summary) = within(document.find(&event(2, "two")).unwrap() as u64 + 1);
    assert_eq!(texts(&messages), ["one"]);
    assert!(matches!(summary.cut_off, Some(CutOff::TooLarge(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read(
        messages in proptest::collection::vec((any::<u64>(), ".{0,200}|[\"\\\\\\n]{0,3000}"), 0..200),
        blanks in "[ \n\t\r]{0,3}",
    ) {
        let events = messages.iter().map(|(at, text)| event(*at, text));
        let separator = format!("{blanks},{blanks}");
        let (read, summary) = read(document(&events.collect::<Vec<_>>().join(&separator)));
        prop_assert_eq!(summary.cut_off, None);
        let read: Vec<_> = read.into_iter().map(|(text, at, ..)| (at, text)).collect();
        prop_assert_eq!(read, messages);
    }

    /// Events are read many at a time, unless one among them is odd.
    #[test]
    fn an_event_is_read_the_same_whatever_is_around_it(
        elements in proptest::collection::vec(element(), 0..300),
        separator in "[ \n]{0,1},[ \n]{0,1}",
        event in prop_oneof![Just(64 << 10), 3_500_usize..40_000],
        damage in proptest::option::of(prop::sample::select(vec![",", "}", "x", "{\"a\" 1}"])),
        place in any::<prop::sample::Index>(),
    ) {
        let mut json: Vec<_> = elements.iter().map(|(json, _)| json.as_str()).collect();
        let whole = if damage.is_some() { place.index(json.len() + 1) } else { json.len() };
        json.splice(whole..whole, damage);
        let expected: Vec<_> = elements[..whole].iter().filter_map(|(_, is)| is.clone()).collect();
        let mut document = document(&json.join(&separator));
        document.truncate(document.len() - 1);
        document.push_str(r#","more":[{},{},0]}"#);
        let (messages, summary) = read_data(&encode(document), Bounds { event, ..Bounds::default() });
        prop_assert_eq!(texts(&messages), expected);
        prop_assert_eq!(summary.skipped, (whole - messages.len()) as u64);
        prop_assert_eq!(summary.cut_off, (whole < json.len()).then_some(CutOff::NotJson));
    }

    #[test]
    fn no_bytes_make_it_panic(
        event in proptest::collection::vec(any::<u8>(), 0..300),
        data in "[A-Za-z0-9+/]{0,300}",
        document in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = Delivery::parse(&event);
        let _ = read_data(&data, Bounds::default());
        prop_assert!(read(&document).1.cut_off.is_some());
    }

    #[test]
    fn damage_anywhere_does_not_change_what_came_long_before(
        at in 0_usize..20_000,
        bits in 1_u8..=255,
    ) {
        let document = long_document(1_000);
        let mut compressed = gzip(document.as_bytes());
        let at = at % compressed.len();
        compressed[at] ^= bits;
        let (messages, summary) = read_data(&base64(&compressed), Bounds::default());
        prop_assert!(messages.len() <= 1_100);
        // A byte of the header says nothing that matters.
        prop_assert!(summary.cut_off.is_some() || at < 10);
    }

    #[test]
    fn json_of_any_shape_is_read_to_its_end(document in json(), pretty in any::<bool>()) {
        let text = if pretty { format!("{document:#}") } else { document.to_string() };
        let (_, summary) = read(text);
        let not_an_object = (!document.is_object()).then_some(CutOff::NotJson);
        prop_assert_eq!(summary.cut_off, not_an_object);
        let event = document.to_string();
        if let Ok(Delivery::Payload(payload)) = Delivery::parse(event.as_bytes()) {
            while payload.messages().next_message().is_some() {}
        }
        let _ = Payload::parse(event.as_bytes());
    }
}

/// An element of `logEvents`, and the text of its message if it is an event. Most texts look like
/// the end of an event and the start of the next.
fn element() -> impl Strategy<Value = (String, Option<String>)> {
    let text = prop_oneof![
        ".{0,100}",
        r#"["{}\[\],:\\]{0,12}"#,
        Just(r#"{"message":"x"},{"timestamp":1},"#.to_owned()),
        "x{1000,3000}",
    ];
    let event = text.prop_map(|text| (event(1, &text), Some(text)));
    let more = r#","more":[{"a":1},{"b":"}"},{}]}"#;
    let longer = event
        .clone()
        .prop_map(move |(json, text)| (json.strip_suffix('}').unwrap().to_owned() + more, text));
    let odd = prop::sample::select(vec![
        "{}",
        "0",
        "null",
        r#"["}",{}]"#,
        r#"[1,"a"]"#,
        r#"{"a":{"b":0},"c":1}"#,
        r#"{"timestamp":1}"#,
        r#"{"message":"a"}"#,
        r#"{"message":"a","timestamp":1,"timestamp":2}"#,
        r#"{"message":"a","timestamp":1,"message":"b"}"#,
    ]);
    prop_oneof![
        60 => event,
        4 => longer,
        1 => odd.prop_map(|json| (json.to_owned(), None)),
    ]
}

/// JSON that uses the names that matter in places where they do not belong.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let name = prop_oneof![
        Just("logEvents".to_owned()),
        Just("logGroup".to_owned()),
        Just("messageType".to_owned()),
        Just("message".to_owned()),
        Just("timestamp".to_owned()),
        Just("awslogs".to_owned()),
        Just("data".to_owned()),
        Just("Records".to_owned()),
        ".{0,5}",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        ".{0,20}".prop_map(serde_json::Value::from),
        Just(serde_json::Value::from("CONTROL_MESSAGE")),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}
