//! The time of a ledger's operations that ask its store.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

/// Runs `operation` and tells `spent` how long it took, also if it is cancelled. What never had to
/// wait has asked no store and is not told of.
pub(crate) fn timed<'a, T, F: FnMut(Duration)>(
    operation: impl Future<Output = T> + Send + 'a,
    spent: F,
) -> Stopwatch<'a, T, F> {
    Stopwatch { operation: Box::pin(operation), start: Instant::now(), has_waited: false, spent }
}

/// Boxed, since a function is a deep nest of futures: with one more inside of another the compiler
/// reaches its limit.
pub(crate) struct Stopwatch<'a, T, F: FnMut(Duration)> {
    operation: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    start: Instant,
    has_waited: bool,
    spent: F,
}

impl<T, F: FnMut(Duration) + Unpin> Future for Stopwatch<'_, T, F> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let polled = self.operation.as_mut().poll(context);
        self.has_waited |= polled.is_pending();
        polled
    }
}

impl<T, F: FnMut(Duration)> Drop for Stopwatch<'_, T, F> {
    fn drop(&mut self) {
        if self.has_waited {
            (self.spent)(self.start.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spent(operation: impl Future<Output = ()> + Send) -> Vec<Duration> {
        let mut spent = Vec::new();
        let operation = timed(operation, |time| spent.push(time));
        let _ = tokio::time::timeout(Duration::from_secs(2), operation).await;
        spent
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_timed_also_if_it_is_cancelled_and_what_does_not_is_not() {
        assert_eq!(spent(std::future::ready(())).await, [Duration::ZERO; 0]);
        let second = Duration::from_secs(1);
        assert_eq!(spent(tokio::time::sleep(second)).await, [second]);
        assert_eq!(spent(std::future::pending()).await, [2 * second]);
    }
}
