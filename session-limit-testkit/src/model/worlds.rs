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
    /// Explores it.
    pub explore: fn() -> Explored,
}

const THREE: &[&[Phase]] = &[&[Password; 3], &[Password, Password, Key]];
const TWO: &[&[Phase]] = &[&[Password; 2]];

/// Where nothing is said to the contrary.
const SMALL: protocol::Bounds = protocol::Bounds {
    connections: 1,
    limits: &[1],
    handlers: 3,
    duplicates: 0,
    faults: 0,
    leaps: 0,
    churn: false,
    activity: false,
};

/// Every world.
pub const WORLDS: &[Explorable] = &[
    Explorable {
        name: "table",
        about: "3 connections, limits 1 and 2; events in any order, any number of times or never",
        explore: || table(THREE, 1_000, false),
    },
    Explorable {
        name: "table-renewal",
        about: "2 connections whose leases expire unless signs of life are handled",
        explore: || table(TWO, 4, true),
    },
    Explorable {
        name: "protocol",
        about: "2 connections, limits 1 and 2; 2 handlers at once, a duplicate, a fault",
        explore: || {
            let bounds = SMALL;
            handlers(protocol::Bounds {
                connections: 2,
                limits: &[1, 2],
                handlers: 2,
                duplicates: 1,
                faults: 1,
                ..bounds
            })
        },
    },
    Explorable {
        name: "protocol-late",
        about: "2 connections, limit 2; 2 handlers at once, events later than a tombstone lives",
        explore: || {
            let bounds = SMALL;
            handlers(protocol::Bounds {
                connections: 2,
                limits: &[2],
                handlers: 2,
                leaps: 1,
                ..bounds
            })
        },
    },
    Explorable {
        name: "protocol-crash",
        about: "1 connection; 3 handlers at once, a duplicate, a fault, a tombstone expires",
        explore: || handlers(protocol::Bounds { duplicates: 1, faults: 1, leaps: 1, ..SMALL }),
    },
    Explorable {
        name: "protocol-slow",
        about: "1 connection; a fault; handlers so slow that tombstone and table expire",
        explore: || handlers(protocol::Bounds { faults: 1, leaps: 3, ..SMALL }),
    },
    Explorable {
        name: "protocol-activity",
        about: "1 connection with a sign of life; 3 handlers at once, tombstone and table expire",
        explore: || handlers(protocol::Bounds { leaps: 3, activity: true, ..SMALL }),
    },
    Explorable {
        name: "protocol-churn",
        about: "1 connection; 2 handlers at once, a duplicate, a tombstone is dropped over the cap",
        explore: || handlers(protocol::Bounds { handlers: 2, duplicates: 1, churn: true, ..SMALL }),
    },
];

fn table(users: &'static [&'static [Phase]], session_ticks: u32, activity: bool) -> Explored {
    let bounds = table::Bounds { users, limits: &[1, 2], session_ticks, activity };
    Explored::all_of(table::TableModel::new(bounds))
}

fn handlers(bounds: protocol::Bounds) -> Explored {
    Explored::all_of(protocol::ProtocolModel::new(bounds))
}
