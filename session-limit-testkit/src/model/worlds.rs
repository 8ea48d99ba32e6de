//! The worlds that are explored. Each has bounds that a machine gets through.

use session_limit_core::login::Phase::{Key, Password};

use super::{Exploration, protocol, table};
use table::Client;

/// A world with a name.
#[derive(Debug)]
pub struct Explorable {
    /// The name on the command line.
    pub name: &'static str,
    /// A line that says what is in it.
    pub about: &'static str,
    /// True if it takes so long that it is explored only if it is named.
    pub is_long: bool,
    /// Explores it.
    pub explore: fn() -> Exploration,
}

const HOME: Client = (Password, 1);
const AWAY: Client = (Password, 2);
const BY_KEY: Client = (Key, 1);

/// Sessions that end; their messages may be late, repeated or lost.
const ENDING: table::Bounds = table::Bounds {
    users: &[&[HOME; 3], &[HOME, HOME, BY_KEY]],
    limits: &[1, 2],
    endings: usize::MAX,
    ..table::Bounds::PLAIN
};

/// Reservations that live so long that a start may be very late and still be in time.
const LASTING: table::Bounds =
    table::Bounds { users: &[&[HOME; 4]], reservation_ticks: 6, ..table::Bounds::PLAIN };

/// The same bounds, with clocks that differ.
const CLOCKS: table::Bounds = table::Bounds { skew_ticks: 1, clock_ticks: 1, ..LASTING };

/// A user with one connection and many handlers.
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

/// A user with two connections. Both get in, or one must not.
const PAIR: protocol::Bounds =
    protocol::Bounds { connections: 2, limits: &[1, 2], handlers: 2, ..ALONE };

/// Every world.
pub const WORLDS: &[Explorable] = &[
    Explorable {
        name: "table",
        about: "3 connections, limits 1 and 2; events in any order, any number of times or never",
        is_long: false,
        explore: || table(ENDING),
    },
    Explorable {
        name: "table-renewal",
        about: "2 connections whose leases expire unless signs of life are handled",
        is_long: false,
        explore: || {
            let users = &[&[HOME; 2] as &[_]];
            table(table::Bounds { users, session_ticks: 4, activity: true, ..ENDING })
        },
    },
    Explorable {
        name: "table-addresses",
        about: "the same as table, with one of the connections from another address",
        is_long: false,
        explore: || table(table::Bounds { users: &[&[HOME, HOME, AWAY]], ..ENDING }),
    },
    Explorable {
        name: "table-order",
        about: "4 logins of up to 2 minutes; their starts in any order and up to 6 minutes late",
        is_long: false,
        explore: || table(table::Bounds { login_ticks: 2, ..LASTING }),
    },
    Explorable {
        name: "table-order-5",
        about: "the same as table-order, with 5 logins of up to a minute",
        is_long: false,
        explore: || table(table::Bounds { users: &[&[HOME; 5]], ..LASTING }),
    },
    Explorable {
        name: "table-order-away",
        about: "the same as table-order-5, with 2 logins from each of 2 addresses",
        is_long: false,
        explore: || table(table::Bounds { users: &[&[HOME, HOME, AWAY, AWAY]], ..LASTING }),
    },
    Explorable {
        name: "table-skew",
        about: "4 logins, and a difference of clocks of a minute allowed for that there is not",
        is_long: false,
        explore: || table(table::Bounds { skew_ticks: 1, ..LASTING }),
    },
    Explorable {
        name: "table-clocks",
        about: "3 logins, and clocks that differ by a minute",
        is_long: false,
        explore: || table(table::Bounds { users: &[&[HOME; 3]], ..CLOCKS }),
    },
    Explorable {
        name: "table-clocks-ends",
        about: "3 connections, the first of which may end, and clocks that differ by a minute",
        is_long: false,
        explore: || {
            let users = &[&[HOME; 3] as &[_]];
            table(table::Bounds { users, endings: 1, reservation_ticks: 2, ..CLOCKS })
        },
    },
    Explorable {
        name: "table-slow",
        about: "4 logins, any of which may take longer than a minute",
        is_long: false,
        explore: || table(table::Bounds { slow: true, ..LASTING }),
    },
    Explorable {
        name: "table-narrow",
        about: "4 logins of up to 2 minutes; pairs are dropped at any time",
        is_long: false,
        explore: || table(table::Bounds { login_ticks: 2, narrow: true, ..LASTING }),
    },
    Explorable {
        name: "table-unreserved",
        about: "4 logins, or 3 from 2 addresses, any of which may be admitted without a reservation",
        is_long: false,
        explore: || {
            let users = &[&[HOME; 4] as &[_], &[HOME, HOME, AWAY]];
            table(table::Bounds { users, unreserved: true, ..LASTING })
        },
    },
    Explorable {
        name: "table-troubles",
        about: "3 logins; all of table-slow, table-narrow, table-unreserved and table-clocks",
        is_long: false,
        explore: || {
            let bounds = table::Bounds { users: &[&[HOME; 3]], ..CLOCKS };
            table(table::Bounds { slow: true, narrow: true, unreserved: true, ..bounds })
        },
    },
    Explorable {
        name: "table-troubles-4",
        about: "4 logins; all of table-slow, table-narrow, table-unreserved and table-skew",
        is_long: true,
        explore: || {
            let bounds = table::Bounds { skew_ticks: 1, ..LASTING };
            table(table::Bounds { slow: true, narrow: true, unreserved: true, ..bounds })
        },
    },
    Explorable {
        name: "table-clocks-4",
        about: "the same as table-clocks, with 4 logins",
        is_long: true,
        explore: || table(CLOCKS),
    },
    Explorable {
        name: "table-skew-5",
        about: "the same as table-skew, with 5 logins of up to 2 minutes",
        is_long: true,
        explore: || {
            let users = &[&[HOME; 5] as &[_]];
            table(table::Bounds { users, login_ticks: 2, skew_ticks: 1, ..LASTING })
        },
    },
    Explorable {
        name: "table-ends-4",
        about: "the same as table, with 4 connections",
        is_long: true,
        explore: || table(table::Bounds { users: &[&[HOME; 4]], ..ENDING }),
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

fn table(bounds: table::Bounds) -> Exploration {
    Exploration::all_of(table::TableModel::new(bounds))
}

fn handlers(bounds: protocol::Bounds) -> Exploration {
    Exploration::all_of(protocol::ProtocolModel::new(bounds))
}
