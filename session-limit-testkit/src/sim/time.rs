//! The unit of the simulated time, which is a millisecond, and the time at which it begins.

use std::time::Duration;

/// The time at which a world begins. It is some time after the epoch, so that clocks may be behind.
pub(super) const START: u64 = 1_700_000_000_000;
pub(super) const SECOND: u64 = 1_000;
pub(super) const MINUTE: u64 = 60 * SECOND;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
