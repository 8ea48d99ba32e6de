//! How much of a payload is read.

use std::time::Instant;

/// How much of a payload is read. What came before a bound is read, the rest is
/// [cut off](crate::CutOff).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most bytes that a payload may inflate to.
    pub inflated: u64,
    /// The longest JSON text of one log event, in bytes. It bounds the memory that reading takes:
    /// a few times this much.
    pub event: usize,
    /// Until when it is read: a payload that inflates to much takes time.
    pub until: Option<Instant>,
}

impl Default for Bounds {
    /// 256 MiB; and for one event a message of 1 MiB, the longest that CloudWatch keeps, with
    /// every character escaped, and 64 KiB for the rest of it. As long as it takes.
    fn default() -> Self {
        Self { inflated: 256 << 20, event: (2 << 20) + (64 << 10), until: None }
    }
}
