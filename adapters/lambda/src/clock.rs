//! The one place that reads the clock for the core, which has none.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use session_limit_core::time::Timestamp;

/// The time now.
pub(crate) fn now() -> Timestamp {
    Timestamp::EPOCH.after(since_epoch())
}

pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
