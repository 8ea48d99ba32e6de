//! Legacy text, the older form of a log message.
//!
//! A line is `user.sessionid ACTIVITY Key=Value …`, or `ERRORS ACTIVITY Key=Value …` where no
//! session is concerned. Its first two words are the service's own. The values after them may be a
//! client's, blanks included: its version string is. So they decide neither the session nor its
//! user nor the activity, and a key that is there twice is not believed.

use super::activity_type::ActivityType;
use super::fields::{Field, Fields, Value, split_at_last};
use super::{LogEntry, LogError, LogOrigin};
use crate::time::Timestamp;

/// Reads a message that does not start with `{`.
pub(super) fn parse(
    text: &str,
    at: Timestamp,
    origin: LogOrigin<'_>,
) -> Result<LogEntry, LogError> {
    let (subject, rest) = word(text);
    let (activity, rest) = word(rest);
    if activity.is_empty() {
        return Err(LogError::NotAnEvent);
    }
    let activity = ActivityType::named(activity);
    let pairs = match activity {
        ActivityType::Connected | ActivityType::AuthFailure => Pairs::of(rest),
        // The first two words say it all.
        ActivityType::Ended | ActivityType::Alive | ActivityType::Other => Pairs::default(),
    };
    // User names may contain dots, session ids may not.
    let (user, session) = match split_at_last(subject, b'.') {
        Some((user, session)) => (Some(user), Some(session)),
        None if subject == "ERRORS" => (pairs.user.value(), None),
        None => return Err(LogError::NotAnEvent),
    };
    let field = |name, text| Field { name, value: Value::text(text) };
    Fields {
        activity,
        server: Field { name: "log group", value: Value::Text(server_of(origin.log_group)) },
        session: field("session id", session),
        user: field("user", user),
        source: field("SourceIP", pairs.source.value()),
        // This form does not tell how a client has authenticated.
        fingerprint: None,
        method: field("Method", pairs.method.value()),
        log_stream: origin.log_stream,
    }
    .entry(at)
}

/// The server that a log group belongs to; empty if it is none of a server.
fn server_of(log_group: &str) -> &str {
    log_group.strip_prefix("/aws/transfer/").unwrap_or_default()
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    until(text.trim_ascii_start(), |byte| byte.is_ascii_whitespace())
}

/// The text in front of the first byte for which `is_end` holds, and the rest. Such a byte has to
/// be an ASCII character.
fn until(text: &str, is_end: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(is_end).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// The values that are of use.
#[derive(Default)]
struct Pairs<'a> {
    source: Unique<'a>,
    user: Unique<'a>,
    method: Unique<'a>,
}

/// A value that counts only if there is no second one.
#[derive(Default)]
enum Unique<'a> {
    #[default]
    None,
    One(&'a str),
    Many,
}

impl<'a> Pairs<'a> {
    fn of(mut text: &'a str) -> Self {
        let mut pairs = Self::default();
        while let Some((key, value, rest)) = pair(text) {
            match key {
                "SourceIP" => pairs.source.set(value),
                "User" => pairs.user.set(value),
                "Method" => pairs.method.set(value),
                _ => {}
            }
            text = rest;
        }
        pairs
    }
}

impl<'a> Unique<'a> {
    fn set(&mut self, value: &'a str) {
        *self = match self {
            Self::None => Self::One(value),
            Self::One(_) | Self::Many => Self::Many,
        };
    }

    fn value(&self) -> Option<&'a str> {
        match self {
            Self::One(value) => Some(value),
            Self::None | Self::Many => None,
        }
    }
}

/// The first `Key=Value` or `Key="a value"` of a text, and what follows it; a lone word is a key
/// without a value.
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_ascii_start();
    if text.is_empty() {
        return None;
    }
    let (key, rest) = until(text, |byte| byte == b'=' || byte.is_ascii_whitespace());
    let Some(value) = rest.strip_prefix('=') else { return Some((key, "", rest)) };
    let (value, rest) = match value.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => until(value, |byte| byte.is_ascii_whitespace()),
    };
    Some((key, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs_of(mut text: &str) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        while let Some((key, value, rest)) = pair(text) {
            pairs.push((key, value));
            text = rest;
        }
        pairs
    }

    #[test]
    fn pairs_are_split_at_blanks_outside_of_quotes() {
        assert_eq!(
            pairs_of(" A=1  B=\"x C=2 y\"\tlone D= E=\"open end "),
            [("A", "1"), ("B", "x C=2 y"), ("lone", ""), ("D", ""), ("E", "open end ")]
        );
        assert_eq!(pairs_of("="), [("", "")]);
        assert_eq!(pairs_of("  "), []);
    }

    #[test]
    fn a_value_that_is_there_twice_is_not_believed() {
        assert_eq!(Pairs::of("SourceIP=1.2.3.4").source.value(), Some("1.2.3.4"));
        let spoofed = "SourceIP=1.2.3.4 Client=SSH-2.0-x SourceIP=6.6.6.6";
        assert_eq!(Pairs::of(spoofed).source.value(), None);
        let quoted = "SourceIP=1.2.3.4 Message=\"no SourceIP=6.6.6.6\"";
        assert_eq!(Pairs::of(quoted).source.value(), Some("1.2.3.4"));
    }
}
