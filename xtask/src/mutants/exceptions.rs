//! Mutants that no test notices, and why none has to.

use super::verdict::Exception;

/// By file.
pub(super) const EXCEPTIONS: &[Exception] = &[];
