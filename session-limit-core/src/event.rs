//! Session events: what a server's log says about its sessions.

use std::net::IpAddr;

use crate::names::{ServerId, SessionId, UserName};
use crate::time::Timestamp;

/// Something that happened to one session, read from one log message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionEvent {
    /// The server of the session.
    pub server: ServerId,
    /// The session; unique on its server.
    pub session: SessionId,
    /// The user, where the message or the name of its log stream says it. The end of a session
    /// says it never.
    pub user: Option<UserName>,
    /// When it happened, by the log's clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `CONNECTED`: a login has become a session.
    Connected {
        /// The client's address.
        source: Option<IpAddr>,
        /// Whether the message carries the fingerprint of a public key.
        by_key: bool,
    },
    /// `DISCONNECTED` or `EXIT_REASON`: the session is over.
    Ended,
    /// Any other activity: the session is alive.
    Activity,
}
