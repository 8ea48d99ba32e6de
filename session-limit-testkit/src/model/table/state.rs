//! The state: the table, and the truth about every connection.

use session_limit_core::address::Address;
use session_limit_core::ledger::lease::state_machine::Class;
use session_limit_core::ledger::lease::{Reservation, Table};
use session_limit_core::names::{SessionId, Token};
use session_limit_core::time::Timestamp;

use super::TICK;
use super::bounds::{Bounds, Client};

/// One user's table and the truth about the user's connections.
///
/// Two states with the same [`Hash`](std::hash::Hash) have the same future. Times count from now
/// on, and what is too old to matter is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub(super) now: Timestamp,
    pub(super) table: Table,
    pub(super) connections: Vec<Connection>,
    pub(super) bounds: Bounds,
    /// Slots that may be missing, each from its time on. Starts of logins that broke an assumption
    /// have taken them from others.
    pub(super) debts: Vec<Timestamp>,
    /// True if a reservation may be left over although no login has failed.
    pub(super) is_spoiled: bool,
    /// The rule that the latest step has broken.
    pub(super) breach: Option<Breach>,
}

/// A rule about steps rather than states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Breach {
    /// S2: more are admitted than the limit allows.
    Cap,
    /// S5: the event of one session removed another.
    Isolation,
    /// S6: a refusal wrote.
    LoudRefusal,
    /// A login was refused although the table had room.
    Refusal,
}

/// A client's attempt, from login to the end of its session.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Connection {
    pub(super) class: Class,
    pub(super) token: Token,
    pub(super) session: SessionId,
    pub(super) stage: Stage,
    /// The time at which it was admitted.
    pub(super) asked: Timestamp,
    /// The time of its reservation, by the clock of the login's host. `None` if it made none.
    pub(super) reserved: Option<Timestamp>,
    pub(super) connected: Message,
    pub(super) ended: Message,
    /// The latest sign of life that is still to be delivered.
    pub(super) activity: Option<Timestamp>,
    /// The time of the latest of its events that has been handled.
    pub(super) heard: Option<Timestamp>,
    /// Reservations that its events have consumed.
    pub(super) consumed: u8,
    /// True if it has no reservation and the table still shows nothing of it. Either it made none,
    /// or that one has expired before its `CONNECTED` was handled.
    pub(super) is_bare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    Idle,
    Connecting,
    Live,
    Over,
}

/// A line of the log, which may be delivered any number of times: again, late or never.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Message {
    pub(super) at: Option<Timestamp>,
    pub(super) is_handled: bool,
}

impl State {
    pub(super) fn new(clients: &[Client], bounds: Bounds) -> Self {
        let connection = |(number, (phase, host)): (usize, &Client)| Connection {
            class: Class { phase: *phase, address: Some(Address::of([192, 0, 2, *host].into())) },
            token: Token::new(&format!("t{number}")).expect("a valid token"),
            session: SessionId::new(&format!("s{number}")).expect("a valid session id"),
            stage: Stage::Idle,
            asked: Timestamp::EPOCH,
            reserved: None,
            connected: Message::default(),
            ended: Message::default(),
            activity: None,
            heard: None,
            consumed: 0,
            is_bare: false,
        };
        Self {
            now: Timestamp::EPOCH.after(TICK * 1_000),
            table: Table::default(),
            connections: clients.iter().enumerate().map(connection).collect(),
            bounds,
            debts: Vec::new(),
            is_spoiled: false,
            breach: None,
        }
    }

    /// Number of connections that hold a session or may still get one.
    pub(super) fn held(&self) -> usize {
        self.connections.iter().filter(|connection| connection.is_held()).count()
    }

    /// The latest time that any clock shows.
    pub(super) fn latest(&self) -> Timestamp {
        self.now.after(TICK * self.bounds.clock_ticks)
    }

    /// True if the session of `connection` has a lease.
    pub(super) fn has_lease(&self, connection: &Connection) -> bool {
        let mut sessions = self.table.sessions().iter();
        sessions.any(|lease| lease.id == connection.session && lease.expires > self.latest())
    }

    /// True if a start may still be handled that could take `lease`, at `clock`.
    pub(super) fn may_be_matched(&self, lease: &Reservation, clock: Timestamp) -> bool {
        let Bounds { login_ticks, reservation_ticks, skew_ticks, .. } = self.bounds;
        let kept = login_ticks + reservation_ticks + 4 * skew_ticks;
        lease.created.after(TICK * kept) > clock
    }

    /// The classes of its connections.
    pub(super) fn classes(&self) -> Vec<Class> {
        let mut classes: Vec<_> = self.connections.iter().map(|c| c.class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}

impl Connection {
    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Connecting | Stage::Live)
    }

    pub(super) fn start_is_awaited(&self) -> bool {
        self.connected.at.is_some() && !self.connected.is_handled
    }

    /// True if its reservation has expired before its start was handled.
    pub(super) fn is_late(&self) -> bool {
        self.is_bare && self.reserved.is_some()
    }

    /// True if it took longer to become a session than a login may.
    pub(super) fn is_slow(&self, bounds: &Bounds) -> bool {
        let reach = TICK * (bounds.login_ticks + bounds.skew_ticks);
        self.reserved.is_some_and(|at| self.connected.at > Some(at.after(reach)))
    }

    /// True if it was admitted and has become nothing.
    pub(super) fn has_failed(&self) -> bool {
        self.stage == Stage::Over && self.connected.at.is_none()
    }

    /// True if its end has reached the table.
    pub(super) fn end_is_handled(&self) -> bool {
        self.ended.is_handled
    }
}
