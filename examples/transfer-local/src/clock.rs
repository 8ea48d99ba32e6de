//! The one place that reads the clock for the core, which has none.

use std::time::{SystemTime, UNIX_EPOCH};

use session_limit_core::time::Timestamp;

/// The time now.
#[must_use]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH.after(since)
}
