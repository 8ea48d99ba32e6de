//! Session events: facts about sessions that a server's log tells.
//!
//! Transfer Family writes its log in two forms: structured JSON, and the older legacy text.
//! [`LogEntry::parse`] reads either. The activity field alone says what kind of event a message
//! is. No client can choose it. The text of other fields, such as a file name, never decides that.
//!
//! ```
//! use session_limit_core::event::{EventKind, LogEntry, LogOrigin};
//! use session_limit_core::time::Timestamp;
//!
//! let message = r#"{"activity-type":"DISCONNECTED","session-id":"9ca9a0e1cec6ad9d",
//!     "resource-arn":"arn:aws:transfer:us-east-1:500655546075:server/s-3fe215d89f074ed2a"}"#;
//! let origin = LogOrigin { log_group: "/aws/transfer/s-3fe215d89f074ed2a", log_stream: "a" };
//! let LogEntry::Session(event) = LogEntry::parse(message, Timestamp::EPOCH, origin)? else {
//!     panic!("the end of a session is a session event");
//! };
//! assert_eq!(event.kind, EventKind::Ended);
//! assert_eq!(event.session.as_str(), "9ca9a0e1cec6ad9d");
//! # Ok::<(), session_limit_core::event::LogError>(())
//! ```

mod activity_type;
mod error;
mod fields;
mod legacy;
mod structured;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub use error::LogError;

use crate::login::Phase;
use crate::names::{ServerId, SessionId, UserName};
use crate::time::Timestamp;

/// Something that happened to one session, read from one log message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEvent {
    /// The server of the session.
    pub server: ServerId,
    /// The session; unique on its server.
    pub session: SessionId,
    /// The user, where the message or the name of its log stream says it. It is always there when a
    /// session connects. In structured form the end of a session does not say it.
    pub user: Option<UserName>,
    /// The time at which it happened, by the log's clock.
    pub at: Timestamp,
    /// The kind of the event.
    pub kind: EventKind,
}

/// The kinds of session events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// `CONNECTED`: a login has become a session. [`EventKind::connected`] makes one.
    #[non_exhaustive]
    Connected {
        /// The client's address.
        source: Option<IpAddr>,
        /// The phase that let the client in: [`Key`](Phase::Key) if the message carries the
        /// fingerprint of a public key. `None` in the old form of the log, which never does.
        phase: Option<Phase>,
    },
    /// `DISCONNECTED` or `EXIT_REASON`: the session is over.
    Ended,
    /// Any other activity: the session is alive.
    Activity,
}

impl EventKind {
    /// The start of a session from `source`, let in by `phase`.
    #[must_use]
    pub const fn connected(source: Option<IpAddr>, phase: Option<Phase>) -> Self {
        Self::Connected { source, phase }
    }
}

/// The meaning of one log message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// Something happened to a session.
    Session(SessionEvent),
    /// A login failed. It names no session, so it frees no slot.
    AuthFailure(AuthFailure),
    /// Anything else: of no consequence to any session.
    Other,
}

/// `AUTH_FAILURE`: a login that the service or the identity provider refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthFailure {
    /// The server that was asked.
    pub server: ServerId,
    /// The user, if the name that the client gave is a valid one.
    pub user: Option<UserName>,
    /// The client's address.
    pub source: Option<IpAddr>,
    /// The kind of credential that the client tried.
    pub method: Option<FailedMethod>,
    /// The time at which it happened, by the log's clock.
    pub at: Timestamp,
}

/// The kind of credential of a failed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailedMethod {
    /// A password.
    Password,
    /// A public key.
    PublicKey,
    /// A kind that this version does not know.
    Other,
}

/// The origin of a log message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOrigin<'a> {
    /// The log group; `/aws/transfer/` and the server id for legacy text.
    pub log_group: &'a str,
    /// The log stream; the user, a dot and the session id where a session has its own.
    pub log_stream: &'a str,
}

impl LogEntry {
    /// Reads one log message, structured or legacy; `at` is the time the log gives it.
    ///
    /// Unknown activities and unknown fields are tolerated. A field that the event can do without
    /// is left out if it makes no sense: losing the event would be worse.
    ///
    /// # Errors
    /// The message has neither form, or lacks what its activity needs. A [`LogError`] says what is
    /// wrong and where. It never shows what the message contains.
    pub fn parse(message: &str, at: Timestamp, origin: LogOrigin<'_>) -> Result<Self, LogError> {
        let text = message.trim_ascii_start();
        if text.starts_with('{') {
            structured::parse(text, at, origin)
        } else {
            legacy::parse(text, at, origin)
        }
    }
}
