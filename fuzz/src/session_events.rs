mod account;
mod matching;
mod promises;
mod sequence;

use std::sync::Arc;

use session_limit_core::ledger::{CounterLedger, LeaseLedger};
use session_limit_core::store::MemoryStore;

use promises::Promises;
use sequence::Sequence;

/// Checks a sequence of logins and session events against each ledger, with its promises as the
/// oracle.
///
/// The first byte says in which form the log is written and whether users log in by key. Each
/// further four bytes are one step. Every event goes through the text of a log message. The
/// sequence keeps to the assumptions of SEMANTICS.md and knows the truth. By that it judges every
/// answer, and after every step every table or counter.
pub fn session_events(bytes: &[u8]) {
    let Some((nature, steps)) = bytes.split_first() else { return };
    play::<LeaseLedger<Arc<MemoryStore>>>(*nature, steps);
    play::<CounterLedger<Arc<MemoryStore>>>(*nature, steps);
}

fn play<L: Promises>(nature: u8, steps: &[u8]) {
    let mut sequence = Sequence::<L>::new(nature);
    for step in steps.as_chunks().0.iter().take(MOST_STEPS) {
        sequence.step(*step);
        sequence.check();
    }
    sequence.settle();
}

/// Number of steps of a sequence at most: enough for every kind of trouble, and few enough to be
/// quick.
const MOST_STEPS: usize = 200;
