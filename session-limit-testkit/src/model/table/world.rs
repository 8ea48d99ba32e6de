//! The state: the table, and the truth about every connection.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use session_limit_core::ledger::lease::{Class, Table};
use session_limit_core::login::Phase;
use session_limit_core::names::{SessionId, Token};
use session_limit_core::time::Timestamp;

use super::TICK;

/// How large a world is explored.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// How the connections of a user log in; a world for each.
    pub users: &'static [&'static [Phase]],
    /// The limits that a login may be given.
    pub limits: &'static [u32],
    /// How long a session's lease lives.
    pub session_ticks: u32,
    /// Whether sessions show signs of life. Without, their leases must last.
    pub activity: bool,
}

/// One user's table and the truth about the user's connections.
///
/// Two worlds with the same [`Hash`] have the same future: times count from now on, and what is
/// too old to matter is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub(super) now: Timestamp,
    pub(super) table: Table,
    pub(super) connections: Vec<Connection>,
    /// The bounds that say what may still happen.
    activity: bool,
    horizon: u64,
    /// Slots that late starts have taken from other logins, and that are still missing.
    pub(super) debt: usize,
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
    pub(super) phase: Phase,
    pub(super) token: Token,
    pub(super) session: SessionId,
    pub(super) stage: Stage,
    /// When it was admitted.
    pub(super) asked: Timestamp,
    pub(super) connected: Message,
    pub(super) ended: Message,
    /// The latest sign of life that is still to be delivered.
    pub(super) activity: Option<Timestamp>,
    /// The time of the latest of its events that has been handled.
    pub(super) heard: Option<Timestamp>,
    /// Reservations that its events have consumed.
    pub(super) consumed: u8,
    /// Its reservation has expired before its `CONNECTED` was handled, of which the table still
    /// shows nothing.
    pub(super) late: bool,
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

impl World {
    pub(super) fn new(phases: &[Phase], bounds: &Bounds) -> Self {
        let connection = |(number, phase): (usize, &Phase)| Connection {
            phase: *phase,
            token: Token::new(&format!("t{number}")).expect("a valid token"),
            session: SessionId::new(&format!("s{number}")).expect("a valid session id"),
            stage: Stage::Idle,
            asked: Timestamp::EPOCH,
            connected: Message::default(),
            ended: Message::default(),
            activity: None,
            heard: None,
            consumed: 0,
            late: false,
        };
        Self {
            now: Timestamp::EPOCH.after(TICK * 1_000),
            table: Table::default(),
            connections: phases.iter().enumerate().map(connection).collect(),
            activity: bounds.activity,
            horizon: if bounds.activity { u64::from(bounds.session_ticks) } else { 2 },
            debt: 0,
            breach: None,
        }
    }

    /// Those who hold a session or may still get one.
    pub(super) fn held(&self) -> usize {
        self.connections.iter().filter(|connection| connection.is_held()).count()
    }

    /// Slots that may be missing from the table because a start is late: of each session whose
    /// start is still to come, and those that late starts took from others.
    pub(super) fn excused(&self) -> usize {
        let is_excused = |c: &&Connection| c.late && c.is_held() && !self.has_lease(c);
        self.connections.iter().filter(is_excused).count() + self.debt
    }

    /// How many hold a session or may get one and have neither a lease nor a reservation of their
    /// class.
    pub(super) fn uncovered(&self) -> usize {
        self.missing(|connection| connection.is_held() && !self.has_lease(connection))
    }

    /// How many reservations are missing, counting those too that the start of a session that is
    /// over will still take.
    pub(super) fn missing_soon(&self) -> usize {
        self.missing(|connection| {
            connection.is_held() && !self.has_lease(connection) || connection.start_is_awaited()
        })
    }

    /// How many reservations are missing for those who need one, those apart whose start is late.
    fn missing(&self, needs_one: impl Fn(&Connection) -> bool) -> usize {
        let missing = [Phase::Password, Phase::Key].map(|phase| {
            let class = Class { phase, address: None };
            let needed = self.connections.iter().filter(|c| c.class() == class);
            let needed = needed.filter(|connection| !connection.late && needs_one(connection));
            needed.count().saturating_sub(self.reserved(class))
        });
        missing.into_iter().sum()
    }

    /// Whether the session of `connection` has a lease.
    pub(super) fn has_lease(&self, connection: &Connection) -> bool {
        let mut sessions = self.table.sessions().iter();
        sessions.any(|lease| lease.id == connection.session && lease.expires > self.now)
    }

    /// The reservations of a class that count.
    fn reserved(&self, class: Class) -> usize {
        let reservations = self.table.reservations().iter();
        reservations
            .filter(|lease| lease.class() == Some(class) && lease.expires > self.now)
            .count()
    }

    /// How long ago, up to the age at which nothing depends on it any more.
    fn age(&self, time: Timestamp) -> u64 {
        self.ticks(self.now.since(time))
    }

    /// How long from now on, likewise.
    fn left(&self, time: Timestamp) -> u64 {
        self.ticks(time.since(self.now))
    }

    fn ticks(&self, time: Duration) -> u64 {
        (time.as_secs() / TICK.as_secs()).min(self.horizon)
    }
}

impl Connection {
    pub(super) fn class(&self) -> Class {
        Class { phase: self.phase, address: None }
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Connecting | Stage::Live)
    }

    fn start_is_awaited(&self) -> bool {
        self.connected.at.is_some() && !self.connected.is_handled
    }

    /// Whether its end has reached the table.
    pub(super) fn end_is_handled(&self) -> bool {
        self.ended.is_handled
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.breach, self.debt).hash(state);
        for connection in &self.connections {
            self.hash_connection(connection, state);
            self.hash_leases(connection, state);
        }
    }
}

impl World {
    fn hash_connection<H: Hasher>(&self, connection: &Connection, state: &mut H) {
        let Connection { phase, stage, connected, ended, consumed, late, .. } = connection;
        (phase, stage, consumed, late, connected.is_handled, ended.is_handled).hash(state);
        let age = |matters: bool, time: Option<Timestamp>| {
            time.filter(|_| matters).map(|time| self.age(time))
        };
        let may_be_late = *stage != Stage::Over || connected.at.is_some();
        let is_awaited = may_be_late && !connected.is_handled && !late;
        age(is_awaited, Some(connection.asked)).hash(state);
        age(true, connected.at).hash(state);
        age(true, ended.at).hash(state);
        age(!ended.is_handled, connection.activity).hash(state);
        age(*stage == Stage::Live && self.activity, connection.heard).hash(state);
    }

    fn hash_leases<H: Hasher>(&self, connection: &Connection, state: &mut H) {
        for lease in self.table.reservations().iter() {
            if lease.token == connection.token && lease.expires > self.now {
                (1_u8, self.age(lease.created), self.left(lease.expires)).hash(state);
            }
        }
        for lease in self.table.sessions().iter() {
            if lease.id == connection.session && lease.expires > self.now {
                (2_u8, lease.consumed, self.left(lease.expires)).hash(state);
            }
        }
        for stone in self.table.tombstones().iter() {
            if stone.id == connection.session && stone.until > self.now {
                let (age, left) = (self.age(stone.ended), self.left(stone.until));
                (3_u8, stone.consumed, age, left).hash(state);
            }
        }
    }
}
