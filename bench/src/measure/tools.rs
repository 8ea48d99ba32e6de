//! What the servers of the tests need, and others that are waited for.

use std::time::Duration;

/// Long enough for anything that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
