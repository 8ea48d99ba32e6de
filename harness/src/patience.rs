//! Waiting for what has to happen.

use std::time::{Duration, Instant};

/// The time that is long enough for anything that happens at all.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Tries `attempt` until it returns something. Panics after [`PATIENCE`].
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::yield_now();
    }
}

/// Runs a test on two threads, and fails it if it takes longer than `limit`.
#[cfg(feature = "runtime")]
pub fn run_within<F: Future>(limit: Duration, test: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(limit, test).await.expect("it hangs") };
    runtime.block_on(bounded)
}

#[cfg(all(test, feature = "runtime"))]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "it hangs")]
    fn a_test_that_hangs_fails() {
        run_within(Duration::from_millis(1), std::future::pending::<()>());
    }

    #[test]
    fn a_test_that_ends_answers() {
        assert_eq!(run_within(PATIENCE, async { 7 }), 7);
    }
}
