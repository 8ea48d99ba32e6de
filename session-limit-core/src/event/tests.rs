//! Tests of the parser as a whole, through [`LogEntry::parse`].

mod hostile;
mod properties;
mod samples;

use super::*;

const SERVER: &str = "s-3fe215d89f074ed2a";
const GROUP: &str = "/aws/transfer/s-3fe215d89f074ed2a";
const ARN: &str = "arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a";
const SESSION: &str = "9ca9a0e1cec6ad9d";
const AT: Timestamp = Timestamp::from_millis(1_432_826_855_000);

/// Reads a message from the server's log group and a stream that names no session.
fn parse(message: impl AsRef<[u8]>) -> Result<LogEntry, LogError> {
    parse_from("ERRORS", message)
}

fn parse_from(log_stream: &str, message: impl AsRef<[u8]>) -> Result<LogEntry, LogError> {
    let message = std::str::from_utf8(message.as_ref())?;
    LogEntry::parse(message, AT, LogOrigin { log_group: GROUP, log_stream })
}

/// The entry of an event of [`SESSION`].
fn session_event(user: Option<&str>, kind: EventKind) -> LogEntry {
    LogEntry::Session(SessionEvent {
        server: ServerId::new(SERVER).unwrap(),
        session: SessionId::new(SESSION).unwrap(),
        user: user.map(|user| UserName::new(user).unwrap()),
        at: AT,
        kind,
    })
}

fn connected(source: Option<&str>, phase: Option<Phase>) -> EventKind {
    EventKind::Connected { source: source.map(|ip| ip.parse().unwrap()), phase }
}

/// A structured message of [`SESSION`] with more members, given as JSON text.
fn structured(activity: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(
        r#"{{"activity-type":"{activity}","resource-arn":"{ARN}","session-id":"{SESSION}"{comma}{more}}}"#
    )
}
