//! Bounds on the reading of a payload.

use std::time::Instant;

/// Bounds on the reading of a payload. All that comes before a bound is read, and the rest is
/// [cut off](crate::CutOff).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most bytes that a payload may inflate to.
    pub inflated: u64,
    /// The longest JSON text of one log event, in bytes. Reading takes a few times as much memory.
    pub event: usize,
    /// The time at which reading stops, since a payload that inflates to much takes time. `None`
    /// for as long as it takes.
    pub until: Option<Instant>,
}

impl Default for Bounds {
    /// At most 256 MiB, for as long as it takes. An event has room for a message of 1 MiB, the
    /// longest that CloudWatch keeps, with every character escaped, and for 64 KiB besides.
    fn default() -> Self {
        Self { inflated: 256 << 20, event: (2 << 20) + (64 << 10), until: None }
    }
}
