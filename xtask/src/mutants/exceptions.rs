//! Exceptions: mutants that no test notices, and the reason why none has to.

use super::verdict::Exception;

/// The exceptions, by file.
pub(super) const EXCEPTIONS: &[Exception] = &[];
