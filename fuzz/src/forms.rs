//! Log messages that say what an entry says, in both forms that the service writes.

use serde_json::{Map, Value, json};
use session_limit_core::event::{
    AuthFailure, EventKind, FailedMethod, LogEntry, LogError, LogOrigin, SessionEvent,
};
use session_limit_core::login::Phase;
use session_limit_core::names::UserName;
use session_limit_core::time::Timestamp;

/// The time of every message here.
pub(crate) const AT: Timestamp = Timestamp::from_millis(1_432_826_855_000);

/// The server of the samples.
pub(crate) const SERVER: &str = "s-3fe215d89f074ed2a";
/// The log stream of the samples: a user and a session.
pub(crate) const STREAM: &str = "log-me.9ca9a0e1cec6ad9d";

/// Reads a message of the server's log group, from the stream of one session.
pub(crate) fn parse(message: &[u8]) -> Result<LogEntry, LogError> {
    parse_from(message, SERVER, STREAM)
}

/// Reads a message from a stream whose name tells nothing.
pub(crate) fn reread(message: &str, server: &str) -> Result<LogEntry, LogError> {
    parse_from(message.as_bytes(), server, "ERRORS")
}

fn parse_from(message: &[u8], server: &str, log_stream: &str) -> Result<LogEntry, LogError> {
    let log_group = format!("/aws/transfer/{server}");
    let message = std::str::from_utf8(message)?;
    LogEntry::parse(message, AT, LogOrigin { log_group: &log_group, log_stream })
}

/// Writes the entry as structured JSON. Returns it with the entry that can be read back: this form
/// always tells how a client has authenticated. `None` for an entry of no consequence.
pub(crate) fn structured(entry: &LogEntry) -> Option<(String, LogEntry)> {
    let mut said = entry.clone();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Option<String>| {
        fields.extend(value.map(|value| (name.to_owned(), Value::from(value))));
    };
    let server = match entry {
        LogEntry::Session(event) => {
            put("activity-type", Some(activity(event.kind).into()));
            put("session-id", Some(event.session.to_string()));
            put("user", event.user.as_ref().map(ToString::to_string));
            if let EventKind::Connected { source, phase, .. } = event.kind {
                let phase = phase.unwrap_or(Phase::Password);
                put("source-ip", source.map(|ip| ip.to_string()));
                put(
                    "ssh-public-key-fingerprint",
                    (phase == Phase::Key).then(|| "SHA256:BY3g".into()),
                );
                let kind = EventKind::connected(source, Some(phase));
                said = LogEntry::Session(SessionEvent { kind, ..event.clone() });
            }
            &event.server
        }
        LogEntry::AuthFailure(failure) => {
            put("activity-type", Some("AUTH_FAILURE".into()));
            put("user", failure.user.as_ref().map(ToString::to_string));
            put("source-ip", failure.source.map(|ip| ip.to_string()));
            put("method", failure.method.map(method));
            &failure.server
        }
        LogEntry::Other => return None,
    };
    let arn = format!("arn:aws:transfer:us-east-1:500655546075:server/{server}");
    fields.insert("resource-arn".into(), json!(arn));
    Some((Value::Object(fields).to_string(), said))
}

/// Writes the entry as a line of legacy text. Returns it with the entry that can be read back: this
/// form does not tell how a client has authenticated. `None` for an entry of no consequence.
pub(crate) fn legacy(entry: &LogEntry) -> Option<(String, LogEntry)> {
    let pair = |key: &str, value: Option<String>| {
        value.map(|value| format!(" {key}={value}")).unwrap_or_default()
    };
    Some(match entry {
        LogEntry::Session(event) => {
            // No name of a user is as short as this.
            let user = event.user.as_ref().map_or("-", |user| user.as_str());
            let line = format!("{user}.{} {}", event.session, activity(event.kind));
            match event.kind {
                EventKind::Connected { source, .. } => {
                    let kind = EventKind::connected(source, None);
                    let said = SessionEvent { kind, ..event.clone() };
                    let source = pair("SourceIP", source.map(|ip| ip.to_string()));
                    (line + &source, LogEntry::Session(said))
                }
                _ => (line, entry.clone()),
            }
        }
        LogEntry::AuthFailure(AuthFailure { user, source, method: tried, .. }) => {
            let user = pair("User", user.as_ref().map(ToString::to_string));
            let source = pair("SourceIP", source.map(|ip| ip.to_string()));
            let method = pair("Method", tried.map(method));
            (format!("ERRORS AUTH_FAILURE{method}{user}{source}"), entry.clone())
        }
        LogEntry::Other => return None,
    })
}

/// The server that the entry names.
pub(crate) fn server(entry: &LogEntry) -> Option<&str> {
    match entry {
        LogEntry::Session(event) => Some(event.server.as_str()),
        LogEntry::AuthFailure(failure) => Some(failure.server.as_str()),
        LogEntry::Other => None,
    }
}

/// Checks that both forms of an entry are read as that entry.
pub(crate) fn check_both_forms(entry: &LogEntry) {
    let Some(server) = server(entry) else { return };
    if let Some((message, said)) = structured(entry) {
        assert_eq!(reread(&message, SERVER), Ok(said), "structured: {message}");
    }
    if let Some((line, said)) = legacy(entry) {
        assert_eq!(reread(&line, server), Ok(said), "legacy: {line}");
    }
}

/// Returns true if the activity of a message fits an entry of this kind, by the service's list.
pub(crate) fn agrees(entry: &LogEntry, activity: &str) -> bool {
    match entry {
        LogEntry::Session(event) => match event.kind {
            EventKind::Connected { .. } => activity == "CONNECTED",
            EventKind::Ended => matches!(activity, "DISCONNECTED" | "EXIT_REASON"),
            _ => !matches!(activity, "CONNECTED" | "DISCONNECTED" | "EXIT_REASON" | "AUTH_FAILURE"),
        },
        LogEntry::AuthFailure(_) => activity == "AUTH_FAILURE",
        LogEntry::Other => {
            !matches!(activity, "CONNECTED" | "DISCONNECTED" | "EXIT_REASON" | "AUTH_FAILURE")
        }
    }
}

/// Returns true if the user of an event is the `named` one, or the one of the session's own stream.
pub(crate) fn is_said(event: &SessionEvent, named: &str) -> bool {
    let is_own = |user: &UserName| format!("{user}.{}", event.session) == STREAM;
    event.user.as_ref().is_none_or(|user| user.as_str() == named || is_own(user))
}

fn activity(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Connected { .. } => "CONNECTED",
        EventKind::Ended => "DISCONNECTED",
        _ => "OPEN",
    }
}

fn method(method: FailedMethod) -> String {
    match method {
        FailedMethod::Password => "password",
        FailedMethod::PublicKey => "publickey",
        _ => "keyboard-interactive",
    }
    .into()
}
