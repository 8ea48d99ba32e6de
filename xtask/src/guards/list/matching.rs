//! Guards of the matching of starts and reservations.

use super::{CLASS, EFFECT, ENTRY, FORMAT, MATCHING, START, TABLE, TIMES, TRANSITION};
use crate::guards::guard::Check::{Ledger, Model};
use crate::guards::guard::{Edit, Guard};

pub(super) const GUARDS: &[Guard] = &[
    // Reach and class.
    Guard {
        name: "the oldest reservation is taken",
        edits: &[Edit {
            file: MATCHING,
            from: "open.iter().enumerate().find(|",
            to: "open.iter().enumerate().rfind(|",
        }],
        checks: &[Model("table"), Model("table-order"), Ledger("matching::")],
    },
    Guard {
        name: "no reservation that is too old is taken",
        edits: &[Edit {
            file: MATCHING,
            from: "created >= self.earliest(start) &&",
            to: "(created >= self.earliest(start) || true) &&",
        }],
        checks: &[Model("table-order"), Ledger("matching::")],
    },
    Guard {
        name: "no reservation that is too young is taken",
        edits: &[Edit {
            file: MATCHING,
            from: "created <= start.after(self.skew)",
            to: "(created <= start.after(self.skew) || true)",
        }],
        checks: &[Model("table-unreserved"), Ledger("matching::")],
    },
    Guard {
        name: "what a difference of clocks puts out of reach is taken",
        edits: &[Edit {
            file: START,
            from: "skew: self.times.skew() }",
            to: "skew: std::time::Duration::ZERO }",
        }],
        checks: &[Model("table-clocks"), Ledger("matching::")],
    },
    Guard {
        name: "a start takes only what its own phase has left",
        edits: &[Edit {
            file: START,
            from: "reservation.class() == Some(class))\n            .map(|(place, Reservation {",
            to: "reservation.class().is_some_and(|of| of.address == class.address))\n            .map(|(place, Reservation {",
        }],
        checks: &[Model("table"), Ledger("key_phase::")],
    },
    Guard {
        name: "a start takes only what its own address has left",
        edits: &[Edit {
            file: START,
            from: "reservation.class() == Some(class))\n            .map(|(place, Reservation {",
            to: "reservation.class().is_some_and(|of| of.phase == class.phase))\n            .map(|(place, Reservation {",
        }],
        checks: &[Model("table-addresses"), Ledger("matching::")],
    },
    Guard {
        name: "a start does not fall back to another address",
        edits: &[Edit {
            file: START,
            from: "let classes = [Some(class), start.otherwise].into_iter().flatten();",
            to: "let elsewhere = self.table.reservations.iter().filter_map(|other| other.class());\n        let elsewhere: Vec<_> = elsewhere.collect();\n        let elsewhere = elsewhere.into_iter().find(|other| class.differs_by_address(*other));\n        let classes = [Some(class), start.otherwise, elsewhere].into_iter().flatten();",
        }],
        checks: &[Model("table-unreserved"), Ledger("matching::")],
    },
    Guard {
        name: "a start moves none of another class",
        edits: &[Edit {
            file: START,
            from: "known.binary_search_by_key(&class, |of| of.class).unwrap_or_else(",
            to: "known.iter().position(|of| of.class.phase == class.phase).ok_or(0).unwrap_or_else(",
        }],
        checks: &[Model("table-order-away"), Ledger("matching::")],
    },
    Guard {
        name: "a start that names no address has no class",
        edits: &[Edit {
            file: CLASS,
            from: "source.map(|address| Self { phase, address: Some(address) })",
            to: "Some(Self { phase, address: source })",
        }],
        checks: &[Ledger("matching::")],
    },
    Guard {
        name: "a reservation keeps its class",
        edits: &[Edit {
            file: ENTRY,
            from: "Class::of(self.by, self.phase, self.source)",
            to: "Class::of(ReservationClass::Address, self.phase, self.source)",
        }],
        checks: &[Ledger("matching::")],
    },
    Guard {
        name: "another address is told only if it could be",
        edits: &[Edit {
            file: START,
            from: "&& reach.covers(at, reservation.created)",
            to: "&& (reach.covers(at, reservation.created) || true)",
        }],
        checks: &[Ledger("matching::")],
    },
    Guard {
        name: "the time of a login is told only if it is certain",
        edits: &[Edit {
            file: START,
            from: "first.filter(|_| candidates.next().is_none())",
            to: "first",
        }],
        checks: &[Ledger("matching::")],
    },
    Guard {
        name: "a later start makes room for an earlier one",
        edits: &[Edit {
            file: MATCHING,
            from: "let held = oldest_of_later(pairs, place, start, reach);",
            to: "let held = oldest_of_later(pairs, place, start, reach).filter(|_| reach.login_time.is_zero());",
        }],
        checks: &[Model("table-order"), Ledger("matching::")],
    },
    Guard {
        name: "the start that made room takes another",
        edits: &[Edit {
            file: MATCHING,
            from: "start = pair.start;\n            }",
            to: "start = pair.start;\n                if start > at { return Entered::Displaced; }\n            }",
        }],
        checks: &[Model("table-order"), Ledger("matching::")],
    },
    Guard {
        name: "what a later start has is taken if it is older",
        edits: &[Edit {
            file: MATCHING,
            from: "if held.is_none_or(|(_, pair)| *created <= pair.created) =>",
            to: "if held.is_none_or(|(_, pair)| *created <= pair.created || pair.created < *created) =>",
        }],
        checks: &[Model("table-order")],
    },
    Guard {
        name: "of what later starts have the oldest is taken",
        edits: &[Edit {
            file: MATCHING,
            from: ".min_by_key(|(_, pair)| pair.created)",
            to: ".max_by_key(|(_, pair)| pair.created)",
        }],
        checks: &[Model("table-order")],
    },
    Guard {
        name: "only what is in reach is taken from a later start",
        edits: &[Edit {
            file: MATCHING,
            from: ".filter(|(_, pair)| reach.covers(start, pair.created))",
            to: ".filter(|_| reach.covers(start, start))",
        }],
        checks: &[Model("table-unreserved"), Ledger("matching::")],
    },
    Guard {
        name: "a start left without a reservation is forgotten",
        edits: &[Edit {
            file: MATCHING,
            from: "(None, None) if start == at => return Entered::Nothing,",
            to: "(None, None) if start == at => {\n                pairs.insert(place, Pair { start, created: start });\n                return Entered::Nothing;\n            }",
        }],
        checks: &[Model("table-unreserved"), Ledger("matching::")],
    },
    Guard {
        name: "a start is forgotten when its tombstone goes",
        edits: &[Edit {
            file: START,
            from: "start.at <= self.oldest_start() ||",
            to: "start.at < self.oldest_start() ||",
        }],
        checks: &[Model("table"), Ledger("matching::")],
    },
    Guard {
        name: "a start too old takes nothing",
        edits: &[Edit {
            file: START,
            from: "start.at <= self.oldest_start() ||",
            to: "start.at < Timestamp::EPOCH ||",
        }],
        checks: &[Ledger("matching::")],
    },
    Guard {
        name: "a pair is remembered as long as an earlier start may come",
        edits: &[Edit {
            file: START,
            from: "of.pairs.retain(|pair| pair.start > oldest)",
            to: "of.pairs.retain(|pair| pair.created.after(self.times.reservation_ttl()) > self.now)",
        }],
        checks: &[Ledger("matching::")],
    },
    Guard {
        name: "a reservation that has expired is kept for its own start",
        edits: &[Edit {
            file: TABLE,
            from: "self.reservations.drop_gone(now.before(times.lapsed_ttl()));",
            to: "self.reservations.drop_gone(now);\n        let _ = times;",
        }],
        checks: &[Model("table-order"), Ledger("assumptions::")],
    },
    Guard {
        name: "it is kept until its latest start can take nothing",
        edits: &[Edit {
            file: TIMES,
            from: "handled.saturating_sub(self.reservation_ttl)",
            to: "handled.saturating_sub(self.reservation_ttl) / 2",
        }],
        checks: &[Model("table-order"), Ledger("")],
    },
    Guard {
        name: "and so long the item lives",
        edits: &[Edit { file: TABLE, from: "last.after(times.lapsed_ttl())", to: "last" }],
        checks: &[Ledger("assumptions::")],
    },
    Guard {
        name: "one that is dropped for room keeps its starts out",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.table.floor = self.table.floor.max(latest_start.after(self.times.skew()));",
            to: "let _ = latest_start;",
        }],
        checks: &[Ledger("room::")],
    },
    Guard {
        name: "a dropped pair does not raise the floor",
        edits: &[Edit {
            file: FORMAT,
            from: "(false, _) => self.pairs.drop_oldest(),",
            to: "(false, _) => {\n                    let starts = self.pairs.by_class().into_iter().flat_map(|of| of.pairs);\n                    self.floor = starts.map(|pair| pair.start).fold(self.floor, Timestamp::max);\n                    self.pairs.drop_oldest();\n                }",
        }],
        checks: &[Ledger("dropped_pairs::")],
    },
    // What is assumed.
    Guard {
        name: "LOGIN_TIME is as long as a login takes",
        edits: &[Edit {
            file: TIMES,
            from: "Phase::Password => self.login_time,",
            to: "Phase::Password => self.login_time / 2,",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "a slow login is excused",
        edits: &[Edit {
            file: EFFECT,
            from: "Some(reserved) if connection.is_slow(&self.bounds) => {",
            to: "Some(reserved) if connection.is_slow(&self.bounds) && self.bounds.users.is_empty() => {",
        }],
        checks: &[Model("table-slow")],
    },
];
