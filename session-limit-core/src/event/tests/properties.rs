//! Properties of every message.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const MARKER: &str = "xMARKERx";
const ACTIVITIES: [&str; 18] = [
    "CONNECTED",
    "DISCONNECTED",
    "EXIT_REASON",
    "AUTH_FAILURE",
    "CONNECTION_REJECTED",
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
    "TLS_RESUME_FAILURE",
    "KEX_FAILURE",
    "NOT_INVENTED_YET",
];

fn activity() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(ACTIVITIES.to_vec())
}

/// A text that a client might choose, to be taken for something else.
fn chosen_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        activity().prop_map(str::to_owned),
        activity().prop_map(|name| format!("\",\"activity-type\":\"{name}\",\"x\":\"")),
        activity().prop_map(|name| format!("a\nalice.{SESSION} {name} User=alice")),
        activity().prop_map(|name| format!("SSH-2.0-x {name} Activity={name} \"")),
    ]
}

/// A value that a client might choose, in any shape that JSON has.
fn chosen_value() -> impl Strategy<Value = Value> {
    let nested = activity().prop_map(|name| json!({"activity-type": name, "session-id": "1"}));
    prop_oneof![
        chosen_text().prop_map(Value::from),
        nested.clone(),
        nested.prop_map(|inner| json!([inner])),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

/// Members that no rule reads.
fn unread_members() -> impl Strategy<Value = Map<String, Value>> {
    let keys = ["path", "message", "home-dir", "client", "role", "kex", "bytes-in", "new-path"];
    let known = prop::sample::select(keys.to_vec()).prop_map(str::to_owned);
    let made_up = "[ -~]{0,12}".prop_filter("a field that is read", |key| {
        !["activity-type", "resource-arn", "session-id", "user", "source-ip", "method"]
            .contains(&key.as_str())
    });
    prop::collection::btree_map(prop_oneof![known, made_up], chosen_value(), 0..6)
        .prop_map(|members| members.into_iter().collect())
}

fn message(activity: &str, more: Map<String, Value>) -> String {
    let mut message = more;
    message.insert("activity-type".into(), activity.into());
    message.insert("resource-arn".into(), ARN.into());
    message.insert("session-id".into(), SESSION.into());
    message.insert("user".into(), "log-me".into());
    message.insert("source-ip".into(), "2001:db8::7".into());
    message.insert("method".into(), "password".into());
    Value::Object(message).to_string()
}

/// The line of legacy text that says the same as [`message`].
fn line(activity: &str) -> String {
    let subject =
        if activity == "AUTH_FAILURE" { "ERRORS".into() } else { format!("log-me.{SESSION}") };
    format!("{subject} {activity} SourceIP=2001:db8::7 User=log-me Method=password")
}

/// One of these names, or something that somebody may try in the place of one.
fn one_of(names: [&'static str; 3]) -> impl Strategy<Value = String> {
    let tricks = [
        "",
        "..",
        "../bob",
        "s-1/s-2",
        "bob%00",
        "b%6Fb",
        "bob\0",
        "bob\n",
        "bob DISCONNECTED",
        "b\u{43e}b",
        "\u{ff42}ob",
        "bob.2",
        "bob.2 DISCONNECTED",
        "alice.1\nbob.2",
    ];
    prop_oneof![
        4 => prop::sample::select(names.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(tricks.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// Changes a few bytes.
fn mutated(text: String, changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    for (place, byte) in changes {
        let place = place.index(bytes.len());
        bytes[place] = *byte;
    }
    bytes
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(?s).*", group: String, stream: String) {
        let origin = LogOrigin { log_group: &group, log_stream: &stream };
        let _ = LogEntry::parse(&text, AT, origin);
        let _ = LogEntry::parse(&format!("{{{text}"), AT, origin);
        let _ = LogEntry::parse(&format!("a.b CONNECTED {text}"), AT, origin);
    }

    #[test]
    fn any_damage_is_read_or_refused(
        activity in activity(),
        more in unread_members(),
        structured: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let text = if structured { message(activity, more) } else { line(activity) };
        let _ = parse(mutated(text, &changes));
    }

    /// The forms say the same but for the phase, which the old form does not say.
    #[test]
    fn both_forms_say_the_same(activity in activity()) {
        let mut structured = parse(message(activity, Map::new()));
        if let Ok(LogEntry::Session(SessionEvent {
            kind: EventKind::Connected { phase, .. }, ..
        })) = &mut structured
        {
            prop_assert_eq!(phase.take(), Some(Phase::Password));
        }
        prop_assert_eq!(structured, parse(line(activity)));
    }

    #[test]
    fn what_a_client_chooses_changes_nothing(activity in activity(), more in unread_members()) {
        prop_assert_eq!(parse(message(activity, more)), parse(message(activity, Map::new())));
    }

    #[test]
    fn what_a_client_chooses_changes_no_line(activity in activity(), chosen in chosen_text()) {
        let quiet = parse(format!("log-me.{SESSION} {activity}"));
        prop_assert_eq!(parse(format!("log-me.{SESSION} {activity} X=\"{chosen}\"")), quiet.clone());
        let loud = parse(format!("log-me.{SESSION} {activity} Path={chosen}"));
        prop_assert_eq!(loud.map(without_source), quiet.map(without_source));
    }

    #[test]
    fn the_order_of_members_and_the_blanks_between_them_do_not_matter(
        activity in activity(),
        more in unread_members(),
        seed: prop::sample::Index,
    ) {
        let straight = message(activity, more);
        let object: Map<String, Value> = serde_json::from_str(&straight).unwrap();
        let mut members: Vec<String> =
            object.iter().map(|(key, value)| format!("{} :\t{value}", json!(key))).collect();
        let middle = seed.index(members.len());
        members.rotate_left(middle);
        prop_assert_eq!(parse(format!("{{\n{}\n}}", members.join(" ,\n"))), parse(straight));
    }

    #[test]
    fn only_the_activity_field_decides(
        activity in activity(),
        user in chosen_value(),
        source in chosen_value(),
        fingerprint in chosen_value(),
        method in chosen_value(),
    ) {
        let members = json!({
            "activity-type": activity, "resource-arn": ARN, "session-id": SESSION, "user": user,
            "source-ip": source, "ssh-public-key-fingerprint": fingerprint, "method": method,
        });
        match (parse(members.to_string()), kind_of(activity)) {
            (Ok(entry), expected) => prop_assert_eq!(kind(&entry), expected),
            (Err(error), expected) => {
                prop_assert_eq!(expected, "connected", "{}", error);
                prop_assert!(error.to_string().contains("`user`"), "{}", error);
            }
        }
    }

    /// An event tells only of whom its own fields and its own log stream name, to the letter.
    /// Whatever stands in one of them can be refused, and cannot name somebody else.
    #[test]
    fn an_event_concerns_only_whom_it_names(
        activity in activity(),
        session in one_of(["1", "2", "bob"]),
        user in one_of(["alice", "bob", ""]),
        server in one_of(["s-1", "s-2", "s-1/s-2"]),
        stream in one_of(["alice.1", "bob.2", "alice.1.2"]),
        structured: bool,
    ) {
        let log_group = format!("/aws/transfer/{server}");
        let origin = LogOrigin { log_group: &log_group, log_stream: &stream };
        let text = if structured {
            json!({
                "activity-type": activity, "session-id": session, "user": user,
                "resource-arn": format!("arn:aws:transfer:eu-west-1:1:server/{server}"),
            })
            .to_string()
        } else {
            format!("{user}.{session} {activity} User=mallory")
        };
        let Ok(LogEntry::Session(event)) = LogEntry::parse(&text, AT, origin) else {
            return Ok(());
        };
        prop_assert!(server.ends_with(event.server.as_str()));
        prop_assert!(!event.server.as_str().contains('/'));
        let (subject_user, subject_session) = match structured {
            true => (user, session),
            false => {
                let subject = format!("{user}.{session}");
                let subject = subject.split_ascii_whitespace().next().unwrap_or_default();
                let (user, session) = subject.rsplit_once('.').unwrap();
                (user.to_owned(), session.to_owned())
            }
        };
        prop_assert_eq!(event.session.as_str(), subject_session);
        if let Some(named) = &event.user {
            let own_stream = format!("{named}.{}", event.session);
            prop_assert!(named.as_str() == subject_user || stream == own_stream, "{}", named);
        }
    }

    #[test]
    fn an_error_never_shows_the_message(
        activity in activity(),
        odd in 0..7_usize,
        structured: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let line = match odd {
            0 => format!("log-me.{MARKER}! {activity}"),
            1 => format!("{MARKER}\0.{SESSION} {activity}"),
            2 => format!("{MARKER} {activity}"),
            _ => format!("log-me.{SESSION} {activity} User={MARKER}"),
        };
        let keys =
            ["activity-type", "session-id", "resource-arn", "user", "source-ip", "path", MARKER];
        let mut object: Map<String, Value> =
            serde_json::from_str(&message(activity, Map::new())).unwrap();
        object.insert(keys[odd].into(), format!("{MARKER} {MARKER}").into());
        let text = if structured { Value::Object(object).to_string() } else { line };
        if let Err(error) = parse(mutated(text, &changes)) {
            prop_assert!(!format!("{error} {error:?}").contains(MARKER), "{}", error);
        }
    }
}

/// A source that a client's text seems to name a second time is not believed.
fn without_source(mut entry: LogEntry) -> LogEntry {
    if let LogEntry::Session(SessionEvent { kind: EventKind::Connected { source, .. }, .. }) =
        &mut entry
    {
        *source = None;
    }
    entry
}

fn kind(entry: &LogEntry) -> &'static str {
    match entry {
        LogEntry::Session(event) => match event.kind {
            EventKind::Connected { .. } => "connected",
            EventKind::Ended => "ended",
            EventKind::Activity => "activity",
        },
        LogEntry::AuthFailure(_) => "failure",
        LogEntry::Other => "other",
    }
}

/// The documented meaning of an activity type, said a second time.
fn kind_of(activity: &str) -> &'static str {
    match activity {
        "CONNECTED" => "connected",
        "DISCONNECTED" | "EXIT_REASON" => "ended",
        "AUTH_FAILURE" => "failure",
        "CONNECTION_REJECTED" | "TLS_RESUME_FAILURE" | "KEX_FAILURE" | "NOT_INVENTED_YET" => {
            "other"
        }
        _ => "activity",
    }
}
