//! Mutants that no test notices, and why none has to.

use super::verdict::Accepted;

/// By file.
pub(super) const ACCEPTED: &[Accepted] = &[];
