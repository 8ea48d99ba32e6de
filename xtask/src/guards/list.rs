//! The guards, and the files that they are in.

mod items;
mod matching;
mod table;

use super::guard::Guard;

const TRANSITION: &str = "session-limit-core/src/ledger/lease/transition.rs";
const START: &str = "session-limit-core/src/ledger/lease/transition/start.rs";
const MATCHING: &str = "session-limit-core/src/ledger/lease/matching.rs";
const CLASS: &str = "session-limit-core/src/ledger/lease/class.rs";
const ENTRY: &str = "session-limit-core/src/ledger/lease/entry.rs";
const FORMAT: &str = "session-limit-core/src/ledger/lease/format.rs";
const TABLE: &str = "session-limit-core/src/ledger/lease/table.rs";
const CAPACITY: &str = "session-limit-core/src/ledger/lease/capacity.rs";
const TIMES: &str = "session-limit-core/src/ledger/lease/times.rs";
const EVENTS: &str = "session-limit-core/src/ledger/lease/events.rs";
const COUNTER: &str = "session-limit-core/src/ledger/counter.rs";
const MEMORY: &str = "session-limit-core/src/store/memory.rs";
/// A part of the model of the table.
const EFFECT: &str = "session-limit-testkit/src/model/table/effect.rs";

/// Returns all guards.
pub(super) fn guards() -> impl Iterator<Item = &'static Guard> {
    [table::GUARDS, matching::GUARDS, items::GUARDS].into_iter().flatten()
}
