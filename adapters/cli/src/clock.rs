//! The time, and how it is shown.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use indicatif::HumanDuration;
use session_limit_core::time::Timestamp;

/// The last second that RFC 3339 can write.
const LAST: Timestamp = Timestamp::from_millis(253_402_300_799_000);

/// The time now.
pub(crate) fn now() -> Timestamp {
    Timestamp::EPOCH.after(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// The time in the form of RFC 3339, in UTC, to the second.
pub(crate) fn absolute(time: Timestamp) -> String {
    let time = UNIX_EPOCH + time.min(LAST).since(Timestamp::EPOCH);
    humantime::format_rfc3339_seconds(time).to_string()
}

/// The time as people say it, such as `4 minutes ago` or `in 3 minutes`.
pub(crate) fn relative(time: Timestamp, now: Timestamp) -> String {
    let is_worth_saying = |by: &Duration| by.as_secs() > 0;
    match (Some(now.since(time)).filter(is_worth_saying), time.since(now)) {
        (Some(ago), _) => format!("{} ago", HumanDuration(ago)),
        (None, ahead) if is_worth_saying(&ahead) => format!("in {}", HumanDuration(ahead)),
        (None, _) => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_for_machines_and_for_people() {
        let now = Timestamp::from_millis(1_700_000_000_999);
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        assert_eq!(absolute(now), "2023-11-14T22:13:20Z");
        assert_eq!(absolute(Timestamp::from_millis(u64::MAX)), "9999-12-31T23:59:59Z");
        assert_eq!(relative(now.before(minutes(4)), now), "4 minutes ago");
        assert_eq!(relative(now.after(minutes(3)), now), "in 3 minutes");
        assert_eq!(relative(now.after(Duration::from_millis(999)), now), "now");
        assert_eq!(relative(now.before(Duration::from_millis(999)), now), "now");
    }
}
