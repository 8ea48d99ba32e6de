//! Exceptions: mutants that no test notices, and the reason why none has to.

use super::verdict::Exception;

/// The exceptions, by file.
pub(super) const EXCEPTIONS: &[Exception] = &[
    Exception {
        mutant: "session-limit-core/src/ledger/lease/rows.rs: replace | with ^ in Row::to_bytes",
        reason: "the two flags have no bit in common",
    },
    Exception {
        mutant: "session-limit-core/src/ledger/lease/rows.rs: replace | with ^ in Row::to_bytes",
        reason: "the flags and the version have no bit in common",
    },
];
