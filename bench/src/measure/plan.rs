//! How much is measured.

use crate::scene::Scene;

/// All of it, or so little that it only shows that everything works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) is_trial: bool,
}

impl Plan {
    /// Blocks of measurements that alternate with blocks of what they are compared with.
    pub(crate) fn blocks(self) -> usize {
        if self.is_trial { 2 } else { 30 }
    }

    /// Where those at once are in each other's way a block takes seconds.
    pub(crate) fn blocks_of(self, scene: Scene) -> usize {
        if scene.is_crowded() { self.blocks().div_ceil(3) } else { self.blocks() }
    }

    /// Runs that a profile adds up.
    pub(crate) fn runs(self) -> usize {
        if self.is_trial { 1 } else { 3 }
    }

    /// Where a block takes seconds, one has samples enough.
    pub(crate) fn runs_of(self, scene: Scene) -> usize {
        if scene.is_crowded() { 1 } else { self.runs() }
    }

    /// How often a profile lets two ways to read payloads take turns.
    pub(crate) fn turns(self) -> usize {
        if self.is_trial { 20 } else { 1_000 }
    }

    /// Rounds of all that criterion measures.
    pub(crate) fn rounds(self) -> usize {
        if self.is_trial { 2 } else { 10 }
    }

    /// How often a connection is opened.
    pub(crate) fn connections(self) -> usize {
        if self.is_trial { 2 } else { 100 }
    }

    /// How often a process is started.
    pub(crate) fn starts(self) -> usize {
        if self.is_trial { 2 } else { 20 }
    }

    /// How often a process is loaded until its memory is looked at.
    pub(crate) fn loads(self) -> usize {
        if self.is_trial { 1 } else { 5 }
    }

    /// Warm invocations of each function.
    pub(crate) fn invocations(self) -> usize {
        if self.is_trial { 20 } else { 1_000 }
    }

    /// All of `cases`, or four of them.
    pub(crate) fn some<T: Copy>(self, cases: &[T]) -> Vec<T> {
        let step = if self.is_trial { cases.len().div_ceil(4) } else { 1 };
        cases.iter().copied().step_by(step).collect()
    }

    /// Tells what is measured now.
    pub(crate) fn tell(self, what: &str) {
        eprintln!("    {what}");
    }
}
