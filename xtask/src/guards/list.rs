//! The guards.

use super::Check::{Conformance, Ledger, Model, Simulation};
use super::{Edit, Guard};

const TRANSITION: &str = "session-limit-core/src/ledger/lease/transition.rs";
const TABLE: &str = "session-limit-core/src/ledger/lease/table.rs";
const TIMES: &str = "session-limit-core/src/ledger/lease/times.rs";
const EVENTS: &str = "session-limit-core/src/ledger/lease/events.rs";
const COUNTER: &str = "session-limit-core/src/ledger/counter.rs";
const MEMORY: &str = "session-limit-core/src/store/memory.rs";

pub(super) const GUARDS: &[Guard] = &[
    // Admission.
    Guard {
        name: "the limit is compared by <, not by <=",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.rules.scope) >= limit.get()",
            to: "self.rules.scope) > limit.get()",
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
            from: "self.table.reservations.place_of(token).is_some()) {",
            to: "self.table.reservations.place_of(token).is_some() && limit.get() == 0) {",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "key reservations are capped",
        edits: &[Edit {
            file: TRANSITION,
            from: "Class::Key(_)) && self.is_full_of_keys(*limit) {",
            to: "Class::Key(_)) && self.is_full_of_keys(*limit) && limit.get() == 0 {",
        }],
        checks: &[Ledger("rules::")],
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
    // Consuming.
    Guard {
        name: "consume once, while the session lives",
        edits: &[Edit {
            file: TRANSITION,
            from: "Some(session) if !session.consumed => {",
            to: "Some(session) => {",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "consume once, when the session has ended",
        edits: &[Edit {
            file: TRANSITION,
            from: "Some(stone) if !stone.consumed => {",
            to: "Some(stone) => {",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "the oldest reservation is consumed",
        edits: &[Edit {
            file: TRANSITION,
            from: ".map(|(place, r)| (r.created, r.token, place))\n                .min()",
            to: ".map(|(place, r)| (r.created, r.token, place))\n                .max()",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "no reservation that is too old is consumed",
        edits: &[Edit {
            file: TRANSITION,
            from: "r.class == class && r.created >= earliest",
            to: "r.class == class && (r.created >= earliest || true)",
        }],
        checks: &[Ledger("")],
    },
    Guard {
        name: "no reservation that is too young is consumed",
        edits: &[Edit {
            file: TRANSITION,
            from: "|created| created <= latest",
            to: "|created| created <= latest || true",
        }],
        checks: &[Ledger("")],
    },
    Guard {
        name: "only a reservation of the class is consumed",
        edits: &[Edit {
            file: TRANSITION,
            from: "r.class == class && r.created >= earliest",
            to: "(r.class == class || true) && r.created >= earliest",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "a session takes a place in a table without room",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.is_full() && !self.displace(start)",
            to: "self.is_full() && (!self.displace(start) || true)",
        }],
        checks: &[Ledger("")],
    },
    Guard {
        name: "one that is over takes none",
        edits: &[Edit {
            file: TRANSITION,
            from: "!self.consume(start) && !is_over &&",
            to: "!self.consume(start) && (!is_over || true) &&",
        }],
        checks: &[Ledger("")],
    },
    // Ends.
    Guard {
        name: "an end leaves a tombstone",
        edits: &[Edit {
            file: TRANSITION,
            from: "self.table.tombstones.insert(place, &stone);",
            to: "let _ = (place, stone);",
        }],
        checks: &[Model("table")],
    },
    Guard {
        name: "a tombstone lives as long as a reservation",
        edits: &[Edit {
            file: TIMES,
            from: "self.reservation_ttl.saturating_add(self.skew.saturating_mul(2))",
            to: "self.reservation_ttl / 2",
        }],
        checks: &[Model("table")],
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
            file: TRANSITION,
            from: "start.at > self.table.floor &&",
            to: "(start.at > self.table.floor || true) &&",
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
        name: "a reservation expires",
        edits: &[Edit { file: TABLE, from: "self.reservations.drop_gone(now);", to: "" }],
        checks: &[Ledger("rules::")],
    },
    // The two items.
    Guard {
        name: "an end is written to the record",
        edits: &[Edit {
            file: EVENTS,
            from: "(user, self.replace(&version, &record).await)",
            to: "(user, Ok(if record == record { let _ = version; Write::Done } else { Write::Conflict }))",
        }],
        checks: &[Model("protocol-crash")],
    },
    Guard {
        name: "a record that ends keeps its user",
        edits: &[Edit {
            file: EVENTS,
            from: "let record = SessionRecord::Ended { user: user.clone(), at };\n                    (user, self.replace",
            to: "let record = SessionRecord::Ended { user: None, at };\n                    (user, self.replace",
        }],
        checks: &[Model("protocol")],
    },
    Guard {
        name: "a start after the end leaves no session",
        edits: &[Edit {
            file: EVENTS,
            from: "Operation::ConnectedAndEnded { start: start.clone(), ended: *at }",
            to: "{\n let _ = at;\n Operation::Connected(start.clone())\n }",
        }],
        checks: &[Model("protocol")],
    },
    Guard {
        name: "the record is written before the table",
        edits: &[
            Edit {
                file: EVENTS,
                from: "attempts.is_done(self.add(&record).await)?;\n        loop {",
                to: "loop {",
            },
            Edit {
                file: EVENTS,
                from: "None => {\n                    attempts.start()?;\n                    attempts.is_done(self.add(&record).await)?;\n                    continue;\n                }",
                to: "None => Operation::Connected(start.clone()),",
            },
            Edit {
                file: EVENTS,
                from: "return Ok(observation(user.clone(), &updated));",
                to: "let _ = self.add(&record).await?;\n                return Ok(observation(user.clone(), &updated));",
            },
        ],
        checks: &[Model("protocol")],
    },
    Guard {
        name: "an end is in the record before the table",
        edits: &[
            Edit {
                file: EVENTS,
                from: "let record = SessionRecord::Ended { user: user.clone(), at };\n                    (user, self.replace",
                to: "let record = SessionRecord::Ended { user: user.clone(), at };\n                    if let Some(user) = &user { self.end(user.clone(), at).await?; }\n                    (user, self.replace",
            },
            Edit {
                file: EVENTS,
                from: "Some(user) => self.end(user, at).await?,",
                to: "Some(user) => unchanged(user),",
            },
        ],
        checks: &[Model("protocol-slow")],
    },
    Guard {
        name: "a record made by an activity is not renewed yet",
        edits: &[Edit {
            file: EVENTS,
            from: "renewed: Timestamp::EPOCH }",
            to: "renewed: self.at }",
        }],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "the table is renewed before the record",
        edits: &[
            Edit {
                file: EVENTS,
                from: "if let Some(updated) = self.try_change(&user, table, &operation, &mut attempts).await? {",
                to: "let record = SessionRecord::Connected { user: user.clone(), at, renewed: self.at };\n            \
                     attempts.is_done(self.replace(&version, &record).await)?;\n            \
                     if let Some(updated) = self.try_change(&user, table, &operation, &mut attempts).await? {",
            },
            Edit {
                file: EVENTS,
                from: "attempts.is_done(self.replace(&version, &record).await)?;\n                }",
                to: "let _ = record;\n                }",
            },
        ],
        checks: &[Ledger("rules::")],
    },
    Guard {
        name: "the table is read before the record",
        edits: &[
            Edit {
                file: EVENTS,
                from: "let keys = [Key::table(&self.event.server, user), self.key.clone()];",
                to: "let keys = [self.key.clone(), Key::table(&self.event.server, user)];",
            },
            Edit {
                file: EVENTS,
                from: "let table = Loaded::from(items.next().flatten())?;\n        Ok((table, record::found(items.next().flatten())?))",
                to: "let record = record::found(items.next().flatten())?;\n        Ok((Loaded::from(items.next().flatten())?, record))",
            },
        ],
        checks: &[Model("protocol-churn")],
    },
    // Atomic steps of the store.
    Guard {
        name: "compare-and-swap compares",
        edits: &[Edit {
            file: MEMORY,
            from: "is_none_or(|item| item.version != *version)",
            to: "is_none_or(|item| item.version < u64::from(*version == 0))",
        }],
        checks: &[Ledger("lease::"), Conformance("")],
    },
    Guard {
        name: "what exists is not added",
        edits: &[Edit {
            file: MEMORY,
            from: "if items.live(key, now).is_some() {\n            return Ok(Write::Conflict);",
            to: "if items.live(key, now).is_some() && ttl.is_zero() {\n            return Ok(Write::Conflict);",
        }],
        checks: &[Ledger("lease::"), Conformance("")],
    },
    // The counter ledger.
    Guard {
        name: "an end is counted once (counter)",
        edits: &[Edit {
            file: COUNTER,
            from: "if self.store.add(&mark, b\"1\", ttl, now).await? == Write::Conflict {",
            to: "if self.store.add(&mark, b\"1\", ttl, now).await? == Write::Conflict && ttl.is_zero() {",
        }],
        checks: &[Ledger("counter::")],
    },
    Guard {
        name: "a refusal is rolled back (counter)",
        edits: &[Edit {
            file: COUNTER,
            from: "let (_, report) = self.give_back(&key, now).await;",
            to: "let report = self::report(false);",
        }],
        checks: &[Ledger("counter::")],
    },
    Guard {
        name: "the limit is compared by <= (counter)",
        edits: &[Edit {
            file: COUNTER,
            from: "if counted <= limit {",
            to: "if counted <= limit + 1 {",
        }],
        checks: &[Ledger("counter::"), Simulation("counter_ledger")],
    },
];
