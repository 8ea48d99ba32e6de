//! The timeout of a store operation: one deadline for all that it waits for.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The time by which an operation has to be done: waiting for a connection, connecting, sending and
/// receiving included.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline of an operation that begins now and may take `timeout`.
    pub(crate) fn after(timeout: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(timeout).unwrap_or(now))
    }

    /// A deadline after half of the time that is left.
    pub(crate) fn half(self) -> Self {
        let now = Instant::now();
        Self(now + self.0.saturating_duration_since(now) / 2)
    }

    /// True if no time is left.
    pub(crate) fn is_over(self) -> bool {
        self.0 <= Instant::now()
    }

    /// Waits for `work`. `None`: it is not done in time.
    pub(crate) async fn bound<T>(self, work: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.0, work).await.ok()
    }
}
