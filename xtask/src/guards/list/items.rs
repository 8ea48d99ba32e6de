//! Guards of the two items, of what the store does in one step, and of the counter.

use super::{COUNTER, EVENTS, MEMORY};
use crate::guards::guard::Check::{Conformance, Ledger, Model, Simulation};
use crate::guards::guard::{Edit, Guard};

pub(super) const GUARDS: &[Guard] = &[
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
                from: "return Ok(self.observation(user.clone(), &updated));",
                to: "let _ = self.add(&record).await?;\n                return Ok(self.observation(user.clone(), &updated));",
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
        checks: &[Ledger("activity::")],
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
        checks: &[Ledger("activity::")],
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
                from: "let table = self.ledger.loaded(items.next().flatten(), self.now)?;\n        Ok((table, record::found(items.next().flatten())?))",
                to: "let record = record::found(items.next().flatten())?;\n        Ok((self.ledger.loaded(items.next().flatten(), self.now)?, record))",
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
