//! The leases of a user, as they are shown and released.

use comfy_table::{Table as Grid, presets};
use serde::{Serialize, Serializer};
use session_limit_core::address::Address;
use session_limit_core::ledger::ReservationClass;
use session_limit_core::ledger::lease::{Reservation, Session, Table};
use session_limit_core::login::Phase;
use session_limit_core::names::{SessionId, Token};
use session_limit_core::time::Timestamp;

use crate::clock;

// As `RESERVATION_CLASS` has them.
const ADDRESS: &str = "address";
const USER: &str = "user";

/// A holder of one slot.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Lease {
    kind: &'static str,
    pub(crate) id: Id,
    #[serde(serialize_with = "text")]
    address: Option<Address>,
    /// The starts that a reservation may belong to: those from its address, or any of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(serialize_with = "rfc3339")]
    pub(crate) since: Timestamp,
    #[serde(serialize_with = "rfc3339")]
    until: Timestamp,
}

/// The name of a lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Session(SessionId),
    Reservation(Token),
}

/// All leases of a table: sessions first.
pub(crate) fn of(table: &Table) -> Vec<Lease> {
    let sessions = table.sessions().iter().map(Lease::from);
    sessions.chain(table.reservations().iter().map(Lease::from)).collect()
}

/// The leases for people, a row for each.
pub(crate) fn grid(leases: &[Lease], now: Timestamp) -> String {
    let mut grid = Grid::new();
    grid.load_style(presets::NOTHING);
    grid.set_header(["kind", "id", "address", "since", "until"]);
    let time = |time| format!("{} ({})", clock::absolute(time), clock::relative(time, now));
    for lease in leases {
        let id = lease.id.as_str().to_owned();
        let (since, until) = (time(lease.since), time(lease.until));
        grid.add_row([lease.kind.to_owned(), id, lease.addresses(), since, until]);
    }
    grid.trim_fmt()
}

impl Lease {
    /// The kind and the id, such as `session 9ca9a0e1cec6ad9d`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.kind, self.id.as_str())
    }

    /// The address, and for a reservation whether the session may come from another one.
    fn addresses(&self) -> String {
        let address = self.address.map_or_else(|| "–".to_owned(), |address| address.to_string());
        match self.class {
            Some(USER) => format!("{address}, or any"),
            _ => address,
        }
    }
}

impl Id {
    fn as_str(&self) -> &str {
        match self {
            Self::Session(id) => id.as_str(),
            Self::Reservation(token) => token.as_str(),
        }
    }
}

impl From<Session> for Lease {
    fn from(session: Session) -> Self {
        Self {
            kind: "session",
            id: Id::Session(session.id),
            address: session.source,
            class: None,
            since: session.since,
            until: session.expires,
        }
    }
}

impl From<Reservation> for Lease {
    fn from(reservation: Reservation) -> Self {
        let kind = match reservation.phase {
            Phase::Password => "password reservation",
            Phase::Key => "key reservation",
        };
        Self {
            kind,
            id: Id::Reservation(reservation.token),
            address: reservation.source,
            class: Some(match reservation.by {
                ReservationClass::Address => ADDRESS,
                ReservationClass::User => USER,
            }),
            since: reservation.created,
            until: reservation.expires,
        }
    }
}

fn text<S: Serializer>(address: &Option<Address>, serializer: S) -> Result<S::Ok, S::Error> {
    address.map(|address| address.to_string()).serialize(serializer)
}

pub(crate) fn rfc3339<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    clock::absolute(*time).serialize(serializer)
}
