//! Tools that most tests need.

use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};

use session_limit_harness::{PATIENCE, run_within};

/// Runs a test on several threads, and fails it if it hangs.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    run_within(4 * PATIENCE, test)
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
