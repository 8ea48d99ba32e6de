mod account;
mod world;

use world::World;

/// Sequences of logins and session events against the lease ledger, with the invariants as the
/// oracle.
///
/// The first byte says in which form the log is written and whether users log in by key; each
/// further four bytes are one step. Every event goes through the text of a log message. The world
/// keeps to the assumptions of SEMANTICS.md and knows the truth, by which every answer and, after
/// every step, every table is judged.
pub fn session_events(bytes: &[u8]) {
    let Some((nature, steps)) = bytes.split_first() else { return };
    let mut world = World::new(*nature);
    for step in steps.as_chunks().0.iter().take(MOST_STEPS) {
        world.step(*step);
        world.check();
    }
    world.settle();
}

/// Enough for every kind of trouble, and few enough to be quick.
const MOST_STEPS: usize = 200;
