//! The fields of a message of either form, before they are checked, and the rules that make an
//! entry of them.

use std::net::IpAddr;
use std::str::FromStr;

use super::activity_type::ActivityType;
use super::{AuthFailure, EventKind, FailedMethod, LogEntry, LogError, SessionEvent};
use crate::login::Phase;
use crate::names::{NameError, ServerId, SessionId, UserName};
use crate::time::Timestamp;

/// The fields of a message that matter.
pub(super) struct Fields<'a> {
    pub(super) activity: ActivityType,
    pub(super) server: Field<'a>,
    pub(super) session: Field<'a>,
    pub(super) user: Field<'a>,
    pub(super) source: Field<'a>,
    /// `None` in a form that never has one.
    pub(super) fingerprint: Option<Field<'a>>,
    pub(super) method: Field<'a>,
    pub(super) log_stream: &'a str,
}

/// A field, and the name that errors give it.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'static str,
    pub(super) value: Value<'a>,
}

/// The value of a field.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// Not there, null or empty, which all say the same.
    Absent,
    Text(&'a str),
    /// Something else, named for an error.
    Wrong(&'static str),
}

impl Fields<'_> {
    /// Makes an entry of the fields, checking those that the activity needs.
    pub(super) fn entry(&self, at: Timestamp) -> Result<LogEntry, LogError> {
        let session = match self.activity {
            ActivityType::Connected | ActivityType::Ended => self.session.require()?,
            ActivityType::Alive => match self.session.check()? {
                Some(session) => session,
                None => return Ok(LogEntry::Other),
            },
            ActivityType::AuthFailure => return self.auth_failure(at).map(LogEntry::AuthFailure),
            ActivityType::Other => return Ok(LogEntry::Other),
        };
        let server = self.server.require()?;
        let (user, kind) = match self.activity {
            ActivityType::Connected => (Some(self.connecting_user(&session)?), self.connected()),
            ActivityType::Ended => (self.user(&session), EventKind::Ended),
            _ => (self.user(&session), EventKind::Activity),
        };
        Ok(LogEntry::Session(SessionEvent { server, session, user, at, kind }))
    }

    fn auth_failure(&self, at: Timestamp) -> Result<AuthFailure, LogError> {
        Ok(AuthFailure {
            server: self.server.require::<ServerId>()?,
            user: self.user.lenient(),
            source: self.source.lenient(),
            method: self.method.text().map(|method| match method {
                "password" => FailedMethod::Password,
                "publickey" => FailedMethod::PublicKey,
                _ => FailedMethod::Other,
            }),
            at,
        })
    }

    fn connected(&self) -> EventKind {
        let phase_of = |fingerprint: Field<'_>| match fingerprint.text() {
            Some(_) => Phase::Key,
            None => Phase::Password,
        };
        EventKind::Connected {
            source: self.source.lenient::<IpAddr>(),
            phase: self.fingerprint.map(phase_of),
        }
    }

    /// The user of a session that connects. Without one nothing could be counted.
    fn connecting_user(&self, session: &SessionId) -> Result<UserName, LogError> {
        match self.user.check()? {
            Some(user) => Ok(user),
            None => self.user_of_stream(session).ok_or(LogError::Missing { field: self.user.name }),
        }
    }

    /// The user of an event that can do without one.
    fn user(&self, session: &SessionId) -> Option<UserName> {
        self.user.lenient().or_else(|| self.user_of_stream(session))
    }

    /// The user that the log stream names, if it is the stream of this very session.
    fn user_of_stream(&self, session: &SessionId) -> Option<UserName> {
        let user = self.log_stream.strip_suffix(session.as_str())?.strip_suffix('.')?;
        UserName::new(user).ok()
    }
}

/// The texts in front of the last `separator`, an ASCII character, and behind it. Going byte by
/// byte is quicker here than `rsplit_once`: the separator is never far from the end.
pub(super) fn split_at_last(text: &str, separator: u8) -> Option<(&str, &str)> {
    let place = text.bytes().rposition(|byte| byte == separator)?;
    let (front, rest) = text.split_at_checked(place)?;
    Some((front, rest.get(1..)?))
}

impl<'a> Field<'a> {
    /// The text of the field, if it is text.
    fn text(self) -> Option<&'a str> {
        match self.value {
            Value::Text(text) => Some(text),
            Value::Absent | Value::Wrong(_) => None,
        }
    }

    /// The field's value, or `None` if that is absent or makes no sense.
    fn lenient<T: FromStr>(self) -> Option<T> {
        self.text()?.parse().ok()
    }

    /// The field's value if there is one; it has to make sense.
    fn check<T: FromStr<Err = NameError>>(self) -> Result<Option<T>, LogError> {
        let field = self.name;
        match self.value {
            Value::Absent => Ok(None),
            Value::Text(text) => {
                text.parse().map(Some).map_err(|source| LogError::Invalid { field, source })
            }
            Value::Wrong(found) => Err(LogError::WrongType { field, found }),
        }
    }

    /// The field's value; it has to be there.
    fn require<T: FromStr<Err = NameError>>(self) -> Result<T, LogError> {
        self.check()?.ok_or(LogError::Missing { field: self.name })
    }
}

impl<'a> Value<'a> {
    /// A text that may be absent or empty.
    pub(super) fn text(text: Option<&'a str>) -> Self {
        match text {
            None | Some("") => Self::Absent,
            Some(text) => Self::Text(text),
        }
    }
}
