//! The state: the store's items, the handlers that run, and the truth about every connection.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{AdmissionRequest, LeaseLedger, Ledger, LedgerError, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::Key;
use session_limit_core::time::Timestamp;

use super::script::{Bytes, Next, Reply, Request, replay};
use super::{Bounds, ProtocolModel};

/// The store, the handlers and the truth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) now: Timestamp,
    pub(super) limit: u32,
    /// True if the end of a session names its user, as in the legacy log.
    pub(super) names_user: bool,
    pub(super) items: BTreeMap<Key, Item>,
    /// The handlers that run, in a fixed order: it does not matter which was started first.
    pub(super) handlers: Vec<Handler>,
    /// Writes for which nobody waits any more and which may yet be carried out, in a fixed order
    /// too.
    pub(super) on_the_way: Vec<Sent>,
    pub(super) connections: Vec<Connection>,
    pub(super) duplicates: u8,
    pub(super) faults: u8,
    pub(super) leaps: u8,
    pub(super) has_churned: bool,
    /// True if a write was on its way for longer than the shortest life of a tombstone.
    pub(super) has_strayed: bool,
    pub(super) breach: Option<Breach>,
}

/// A rule about steps rather than states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Breach {
    /// S2: more are admitted than the limit allows.
    Cap,
    /// S5: the event of one session removed another.
    Isolation,
}

/// An item of the store. It needs no version: each reply in a handler's list says whether it is
/// still fresh.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Item {
    pub(super) value: Bytes,
    pub(super) expires: Timestamp,
}

/// A client's attempt, from login to the end of its session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Connection {
    pub(super) stage: Stage,
    /// The messages of its events that have happened.
    pub(super) connected: Option<Message>,
    pub(super) activity: Option<Message>,
    pub(super) ended: Option<Message>,
    pub(super) consumed: u8,
    /// True if its reservation has expired before its `CONNECTED` was handled.
    pub(super) late: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    #[default]
    Idle,
    Asking,
    /// A slot is taken for it, but it has had no answer yet.
    Admitted,
    Connecting,
    Live,
    Over,
}

/// A line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Message {
    pub(super) at: Timestamp,
    pub(super) is_handled: bool,
}

/// The reason why a handler was started, with the connection concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// A login.
    Login(usize),
    /// A `CONNECTED`.
    Connected(usize),
    /// A sign of life.
    Activity(usize),
    /// The end of a session.
    Ended(usize),
}

/// A handler that runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Handler {
    pub(super) work: Work,
    /// The time at which it was started. It knows no other time.
    pub(super) now: Timestamp,
    pub(super) replies: Vec<Reply>,
    /// The next request of the handler, which follows from the replies.
    pub(super) request: Request,
}

/// A write that has left its handler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Sent {
    pub(super) work: Work,
    pub(super) request: Request,
    pub(super) since: Timestamp,
}

impl Work {
    pub(super) fn connection(self) -> usize {
        match self {
            Self::Login(number)
            | Self::Connected(number)
            | Self::Activity(number)
            | Self::Ended(number) => number,
        }
    }
}

impl State {
    pub(super) fn new(bounds: &Bounds, limit: u32, names_user: bool) -> Self {
        Self {
            now: Timestamp::from_millis(1_700_000_000_000),
            limit,
            names_user,
            items: BTreeMap::new(),
            handlers: Vec::new(),
            on_the_way: Vec::new(),
            connections: vec![Connection::default(); bounds.connections],
            duplicates: bounds.duplicates,
            faults: bounds.faults,
            leaps: bounds.leaps,
            has_churned: !bounds.churn,
            has_strayed: false,
            breach: None,
        }
    }

    /// Returns the next request of a handler, or its result.
    pub(super) fn next(
        &self,
        work: Work,
        now: Timestamp,
        replies: &[Reply],
        model: &ProtocolModel,
    ) -> Next<Result<Verdict, LedgerError>> {
        let settings = model.settings.clone();
        match work {
            Work::Login(number) => {
                let request = self.login(number);
                replay(replies, |store| async move {
                    let ledger = LeaseLedger::new(store, settings);
                    Ok(ledger.admit(&request, now).await?.verdict)
                })
            }
            _ => {
                let event = self.event(work);
                replay(replies, |store| async move {
                    LeaseLedger::new(store, settings).observe(&event, now).await?;
                    Ok(Verdict::Admitted)
                })
            }
        }
    }

    fn login(&self, number: usize) -> AdmissionRequest {
        AdmissionRequest::new(
            server(),
            user(),
            SessionLimit::new(self.limit),
            Token::new(&format!("t{number}")).expect("a valid token"),
        )
        .from(HOME)
    }

    fn event(&self, work: Work) -> SessionEvent {
        let connection = &self.connections[work.connection()];
        let (message, kind, names_user) = match work {
            Work::Activity(_) => (connection.activity, EventKind::Activity, self.names_user),
            Work::Ended(_) => (connection.ended, EventKind::Ended, self.names_user),
            Work::Connected(_) | Work::Login(_) => {
                let kind = EventKind::connected(Some(HOME), Some(Phase::Password));
                (connection.connected, kind, true)
            }
        };
        SessionEvent {
            server: server(),
            session: session(work.connection()),
            user: names_user.then(user),
            at: message.expect("it has happened").at,
            kind,
        }
    }

    /// The user's table, as the ledger reads it.
    pub(super) fn table(&self, model: &ProtocolModel) -> Table {
        let item = self.items.get(&table_key()).filter(|item| item.expires > self.now);
        read_table(item.map(|item| item.value.clone()), self.now, model)
    }

    /// The connections whose slots the table must show. A late start excuses its own session, until
    /// the start is handled.
    pub(super) fn due(&self) -> impl Iterator<Item = (usize, &Connection)> {
        self.connections.iter().enumerate().filter(|(_, c)| c.is_held() && !c.late)
    }
}

impl Connection {
    /// True if it holds a session or may still get one.
    fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Admitted | Stage::Connecting | Stage::Live)
    }
}

/// The table in a value, without leases that have expired by `now`.
pub(super) fn read_table(value: Option<Bytes>, now: Timestamp, model: &ProtocolModel) -> Table {
    let settings = model.settings.clone();
    let replies = [Reply::Loaded { key: table_key(), value, is_fresh: true }];
    let table = replay(&replies, |store| async move {
        LeaseLedger::new(store, settings).table(&server(), &user(), now).await
    });
    match table {
        Next::Returns(Ok(table)) => table.unwrap_or_default(),
        Next::Returns(Err(error)) => panic!("the table cannot be read: {error}"),
        Next::Asks(request) => panic!("the table takes more than one load: {request:?}"),
    }
}

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

pub(super) fn server() -> ServerId {
    ServerId::new("s-1").expect("a valid server id")
}

pub(super) fn user() -> UserName {
    UserName::new("bob").expect("a valid user name")
}

pub(super) fn session(number: usize) -> SessionId {
    SessionId::new(&format!("c{number}")).expect("a valid session id")
}

pub(super) fn table_key() -> Key {
    Key::table(&server(), &user())
}
