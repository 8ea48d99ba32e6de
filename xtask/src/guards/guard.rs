//! A guard, the edits that take it away, and the checks that must notice.

/// A guard: something that the code does so that a rule holds, and the edits that take it away.
pub(super) struct Guard {
    pub(super) name: &'static str,
    pub(super) edits: &'static [Edit],
    /// The checks that must fail without it, each of them.
    pub(super) checks: &'static [Check],
}

/// A piece of a file, there exactly once, and the text that takes its place.
pub(super) struct Edit {
    pub(super) file: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
}

/// A check of the project.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    /// The core's tests of the ledgers whose names contain this.
    Ledger(&'static str),
    /// A world of the models.
    Model(&'static str),
    /// The simulated worlds of the tests whose names contain this.
    Simulation(&'static str),
    /// The cases of the conformance suite for the store in memory whose names contain this.
    Conformance(&'static str),
}
