//! What most tests need.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Long enough for anything that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test on several threads, and fails it if it hangs.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    run_within(4 * PATIENCE, test)
}

/// The same for a test that takes longer than most.
pub(crate) fn run_within<F: Future>(time: Duration, test: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(time, test).await.expect("it hangs") };
    runtime.block_on(bounded)
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}
