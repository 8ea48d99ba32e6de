//! The worlds that are explored, each within bounds that a machine gets through.

use session_limit_core::login::Phase::{self, Key, Password};

use super::{Explored, protocol, table};

/// A world, by name.
#[derive(Debug)]
pub struct Explorable {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is in it.
    pub about: &'static str,
    /// Whether it takes so long that it is explored only where it is asked for by name.
    pub is_long: bool,
    /// Explores it.
    pub explore: fn() -> Explored,
}

const THREE: &[&[Phase]] = &[&[Password; 3], &[Password, Password, Key]];
const TWO: &[&[Phase]] = &[&[Password; 2]];

/// A user with one connection and handlers in plenty.
const ALONE: protocol::Bounds = protocol::Bounds {
    connections: 1,
    limits: &[1],
    handlers: 3,
    duplicates: 0,
    faults: 0,
    leaps: 0,
    churn: false,
    activity: false,
};

/// A user with two connections: both get in, or one must not.
const PAIR: protocol::Bounds =
    protocol::Bounds { connections: 2, limits: &[1, 2], handlers: 2, ..ALONE };

/// Every world.
pub const WORLDS: &[Explorable] = &[
    Explorable {
        name: "table",
        about: "3 connections, limits 1 and 2; events in any order, any number of times or never",
        is_long: false,
        explore: || table(THREE, 1_000, false),
    },
    Explorable {
        name: "table-renewal",
        about: "2 connections whose leases expire unless signs of life are handled",
        is_long: false,
        explore: || table(TWO, 4, true),
    },
    Explorable {
        name: "protocol",
        about: "2 connections, limits 1 and 2; 2 handlers at once, a duplicate, a fault",
        is_long: false,
        explore: || handlers(protocol::Bounds { duplicates: 1, faults: 1, ..PAIR }),
    },
    Explorable {
        name: "protocol-expired",
        about: "2 connections, limit 1; 2 handlers at once, a fault, tombstones expire",
        is_long: false,
        explore: || handlers(protocol::Bounds { limits: &[1], faults: 1, leaps: 1, ..PAIR }),
    },
    Explorable {
        name: "protocol-crash",
        about: "1 connection; 3 handlers at once, a duplicate, a fault, a tombstone expires",
        is_long: false,
        explore: || handlers(protocol::Bounds { duplicates: 1, faults: 1, leaps: 1, ..ALONE }),
    },
    Explorable {
        name: "protocol-slow",
        about: "1 connection; a fault; handlers so slow that tombstone and table expire",
        is_long: false,
        explore: || handlers(protocol::Bounds { faults: 1, leaps: 3, ..ALONE }),
    },
    Explorable {
        name: "protocol-activity",
        about: "1 connection with a sign of life; 3 handlers at once, tombstone and table expire",
        is_long: false,
        explore: || handlers(protocol::Bounds { leaps: 3, activity: true, ..ALONE }),
    },
    Explorable {
        name: "protocol-churn",
        about: "2 connections, limit 1; 2 handlers at once, a fault, a tombstone is dropped",
        is_long: false,
        explore: || handlers(protocol::Bounds { limits: &[1], faults: 1, churn: true, ..PAIR }),
    },
    Explorable {
        name: "protocol-churn-twice",
        about: "the same as protocol-churn, with a duplicate in place of the fault",
        is_long: false,
        explore: || handlers(protocol::Bounds { limits: &[1], duplicates: 1, churn: true, ..PAIR }),
    },
    Explorable {
        name: "protocol-churn-crash",
        about: "1 connection; 3 handlers at once, a duplicate, a fault, a tombstone is dropped",
        is_long: false,
        explore: || handlers(protocol::Bounds { duplicates: 1, faults: 1, churn: true, ..ALONE }),
    },
    Explorable {
        name: "protocol-expired-twice",
        about: "the same as protocol-expired, with a duplicate in place of the fault",
        is_long: false,
        explore: || handlers(protocol::Bounds { limits: &[1], duplicates: 1, leaps: 1, ..PAIR }),
    },
    Explorable {
        name: "protocol-expired-all",
        about: "the same as protocol-expired, with a duplicate besides",
        is_long: true,
        explore: || {
            let bounds = protocol::Bounds { duplicates: 1, faults: 1, leaps: 1, ..PAIR };
            handlers(protocol::Bounds { limits: &[1], ..bounds })
        },
    },
    Explorable {
        name: "protocol-churn-all",
        about: "the same as protocol-churn, with a duplicate besides",
        is_long: true,
        explore: || {
            let bounds = protocol::Bounds { duplicates: 1, faults: 1, churn: true, ..PAIR };
            handlers(protocol::Bounds { limits: &[1], ..bounds })
        },
    },
    Explorable {
        name: "protocol-expired-2",
        about: "the same as protocol-expired with limit 2",
        is_long: true,
        explore: || handlers(protocol::Bounds { limits: &[2], faults: 1, leaps: 1, ..PAIR }),
    },
    Explorable {
        name: "protocol-churn-2",
        about: "the same as protocol-churn with limit 2",
        is_long: true,
        explore: || handlers(protocol::Bounds { limits: &[2], faults: 1, churn: true, ..PAIR }),
    },
];

fn table(users: &'static [&'static [Phase]], session_ticks: u32, activity: bool) -> Explored {
    let bounds = table::Bounds { users, limits: &[1, 2], session_ticks, activity };
    Explored::all_of(table::TableModel::new(bounds))
}

fn handlers(bounds: protocol::Bounds) -> Explored {
    Explored::all_of(protocol::ProtocolModel::new(bounds))
}
