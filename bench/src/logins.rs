//! Users, their logins and their sessions. All names are of the length that the service gives them.

use std::net::IpAddr;

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::AdmissionRequest;
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::{NameError, ServerId, SessionId, Token, UserName};
use session_limit_core::store::Key;
use session_limit_core::time::Timestamp;

use crate::kind::Kind;

/// The server of all of them.
pub const SERVER: &str = "s-0123456789abcdef0";

/// Some time.
pub const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// More sessions than any user here holds.
pub const AMPLE: SessionLimit = SessionLimit::new(10_000);

/// One session of one user, from its login to its end.
#[derive(Clone, Debug)]
pub struct Session {
    server: ServerId,
    user: UserName,
    session: SessionId,
    token: Token,
}

impl Session {
    /// Session `number` of the user of that number. No two sessions may have one number.
    pub fn new(user: u64, number: u64) -> Result<Self, NameError> {
        Ok(Self {
            server: ServerId::new(SERVER)?,
            user: UserName::new(&format!("user-{user:05}"))?,
            session: SessionId::new(&format!("{number:016x}"))?,
            token: Token::new(&format!("00000000-0000-4000-8000-{number:012x}"))?,
        })
    }

    /// The item that a ledger keeps of its user.
    pub fn item(&self, kind: Kind) -> Key {
        match kind {
            Kind::Lease => Key::table(&self.server, &self.user),
            Kind::Counter => Key::counter(&self.server, &self.user),
        }
    }

    /// Its login, by password.
    pub fn login(&self, limit: SessionLimit) -> AdmissionRequest {
        AdmissionRequest::new(self.server.clone(), self.user.clone(), limit, self.token.clone())
            .from(IpAddr::from([192, 0, 2, 1]))
    }

    /// Its start.
    pub fn connected(&self, at: Timestamp) -> SessionEvent {
        let kind = EventKind::connected(Some([192, 0, 2, 1].into()), Some(Phase::Password));
        self.event(Some(self.user.clone()), kind, at)
    }

    /// Its end, which does not say whose session it is.
    pub fn ended(&self, at: Timestamp) -> SessionEvent {
        self.event(None, EventKind::Ended, at)
    }

    fn event(&self, user: Option<UserName>, kind: EventKind, at: Timestamp) -> SessionEvent {
        let (server, session) = (self.server.clone(), self.session.clone());
        SessionEvent { server, session, user, at, kind }
    }
}
