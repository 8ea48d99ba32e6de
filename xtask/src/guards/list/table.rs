//! Guards of the user's table.

use super::{CAPACITY, EVENTS, START, TABLE, TIMES, TRANSITION};
use crate::guards::guard::Check::{Ledger, Model, Simulation};
use crate::guards::guard::{Edit, Guard};

pub(super) const GUARDS: &[Guard] = &[
    // Admission.
    Guard {
        name: "the limit is compared by <, not by <=",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.rules.scope, self.now) >= limit.get()",
            to: "self.rules.scope, self.now) > limit.get()",
        }],
        checks: &[Ledger("lease::"), Simulation("lease_ledger")],
    },
    Guard {
        name: "a refusal writes nothing",
        edits: &[Edit {
            file: TRANSITION,
            from: "Outcome { verdict: Verdict::Refused, ..Outcome::NOTHING }",
            to: "Outcome { verdict: Verdict::Refused, write: true, ..Outcome::NOTHING }",
        }],
        checks: &[Ledger("lease::")],
    },
    Guard {
        name: "a login asked again takes no second slot",
        edits: &[Edit {
            file: TRANSITION,
            from: "mine.counts(self.now)) {",
            to: "mine.counts(self.now) && limit.get() == 0) {",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "key reservations are capped",
        edits: &[Edit {
            file: TRANSITION,
            from: "!(has_room && self.has_room_for_keys(*limit))",
            to: "!(has_room && (self.has_room_for_keys(*limit) || limit.get() > 0))",
        }],
        checks: &[Ledger("key_phase::")],
    },
    Guard {
        name: "a rollback frees its own slot only",
        edits: &[Edit {
            file: TRANSITION,
            from: "let place = self.table.reservations.place_of(token.as_str());",
            to: "let place = self.table.reservations.place_of(token.as_str()); \
                 let place = place.map(|_| self.table.reservations.len().saturating_sub(1));",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "a login whose reservation has expired takes another",
        edits: &[Edit {
            file: TRANSITION,
            from: "|(_, mine)| mine.counts(self.now)",
            to: "|(_, mine)| mine.expires >= mine.created",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "to give back writes in any case",
        edits: &[Edit {
            file: TRANSITION,
            from: "Outcome { write: true, ..change.release(token) }",
            to: "change.release(token)",
        }],
        checks: &[Ledger("unconfirmed::")],
    },
    Guard {
        name: "what it writes lives until no write is on its way",
        edits: &[Edit {
            file: TABLE,
            from: "last.since(now).max(LATEST_WRITE)",
            to: "last.since(now).max(LATEST_WRITE / 2)",
        }],
        checks: &[Ledger("unconfirmed::")],
    },
    // Consuming.
    Guard {
        name: "consume once, while the session lives",
        edits: &[Edit {
            file: START,
            from: "Some(session) if !session.consumed => {",
            to: "Some(session) => {",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "consume once, when the session has ended",
        edits: &[Edit {
            file: START,
            from: "Some(stone) if !stone.consumed => {",
            to: "Some(stone) => {",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "a session takes a place in a table without room",
        edits: &[Edit {
            file: START,
            from: "!self.make_room() && !self.displace(start)",
            to: "!self.make_room() && (!self.displace(start) || true)",
        }],
        checks: &[Ledger("")],
    },
    Guard {
        name: "one that is over takes none",
        edits: &[Edit {
            file: START,
            from: "!has_reservation && !is_over &&",
            to: "!has_reservation && (!is_over || true) &&",
        }],
        checks: &[Ledger("")],
    },
    Guard {
        name: "no start takes anything once its session's lease may be gone",
        edits: &[Edit {
            file: TIMES,
            from: "self.reservation_ttl.saturating_add(self.skew.saturating_mul(2)).min(longest)",
            to: "self.reservation_ttl.saturating_add(self.skew.saturating_mul(2)).max(longest.min(self.skew))",
        }],
        checks: &[Ledger("clocks::")],
    },
    // Ends.
    Guard {
        name: "an end leaves a tombstone",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.table.lay(&Tombstone { until, ..stone });",
            to: "let _ = until;",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "a tombstone lives as long as a reservation",
        edits: &[Edit {
            file: TIMES,
            from: "self.start_ttl().saturating_add(self.skew)",
            to: "self.start_ttl() / 2",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "a tombstone lives on while clocks differ",
        edits: &[Edit {
            file: TIMES,
            from: "self.start_ttl().saturating_add(self.skew)",
            to: "self.start_ttl()",
        }],
        checks: &[Model("table-clocks-ends"), Ledger("matching::")],
    },
    Guard {
        name: "an end heard of late changes the table too",
        edits: &[Edit {
            file: TRANSITION,
            from: "Outcome::changed(effect, ended.map(|session| session.since))",
            to: "Outcome { write: ended.is_some() || at.after(self.times.tombstone_ttl()) > self.now, \
                 ..Outcome::changed(effect, None) }",
        }],
        checks: &[Model("protocol-expired")],
    },
    Guard {
        name: "who creates a table looks at the record again",
        edits: &[Edit {
            file: EVENTS,
            from: "if !(is_new && lets_live &&",
            to: "if !(is_new && lets_live && attempts.total == 0 &&",
        }],
        checks: &[Model("protocol-slow")],
    },
    Guard {
        name: "the floor stands in for dropped tombstones",
        edits: &[Edit {
            file: START,
            from: "|| start.at <= self.table.floor",
            to: "|| self.table.floor < Timestamp::EPOCH",
        }],
        checks: &[Ledger("rules::"), Model("protocol-churn")],
    },
    Guard {
        name: "a dropped tombstone raises the floor",
        edits: &[Edit {
            file: TABLE,
            from: "self.floor = self.floor.max(stone.ended);",
            to: "let _ = stone;",
        }],
        checks: &[Ledger("rules::"), Model("protocol-churn")],
    },
    Guard {
        name: "tombstones are as many as the store has room for",
        edits: &[Edit {
            file: CAPACITY,
            from: "let tombstones = entries / TOMBSTONE_SHARE;",
            to: "let tombstones = (entries / TOMBSTONE_SHARE).min(61);",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "an end is not before its start",
        edits: &[Edit {
            file: TRANSITION,
            from: "at.max(session.since)",
            to: "at.max(session.since.min(at))",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "an end is not before a start that is handled later",
        edits: &[Edit {
            file: START,
            from: "ended: stone.ended.max(start.at), ..stone",
            to: "ended: stone.ended, ..stone",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "a session has started when its start says",
        edits: &[Edit {
            file: START,
            from: "(start.at, start.source)",
            to: "(session.since.min(start.at), start.source)",
        }],
        checks: &[Ledger("rules::")],
    },
    // Time.
    Guard {
        name: "RESERVATION_TTL is long enough",
        edits: &[Edit {
            file: TRANSITION,
            from: "expires: self.now.after(self.times.reservation_ttl()),",
            to: "expires: self.now.after(self.times.reservation_ttl() / 2),",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "SESSION_TTL is long enough",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.not_in_the_future(at).after(self.times.session_ttl())",
            to: "self.not_in_the_future(at).after(self.times.session_ttl() / 2)",
        }],
        checks: &[Model("table-renewal"), Simulation("lease_ledger")],
    },
    Guard {
        name: "a sign of life renews",
        edits: &[Edit { file: TRANSITION, from: "&Session { expires, ..known }", to: "&known" }],
        checks: &[Model("table-renewal")],
    },
    Guard {
        name: "a reservation that has expired does not count",
        edits: &[Edit { file: TABLE, from: "reservation.counts(now)\n", to: "true\n" }],
        checks: &[Ledger("rules::"), Model("table")],
    },
    Guard {
        name: "a reservation that has expired is dropped in the end",
        edits: &[Edit {
            file: TABLE,
            from: "self.reservations.drop_gone(now.before(times.lapsed_ttl()));",
            to: "",
        }],
        checks: &[Ledger("room::")],
    },
    Guard {
        name: "keys that have expired are not too many",
        edits: &[Edit {
            file: TRANSITION,
            from: "key.phase == Phase::Key && key.counts(self.now)",
            to: "key.phase == Phase::Key",
        }],
        checks: &[Ledger("room::")],
    },
];
