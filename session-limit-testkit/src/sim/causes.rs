//! The causes of differences between a ledger and the truth, by the names under which they are
//! reported.

/// No known cause explains it: a fault of the ledger, or of the simulator.
pub(super) const UNEXPLAINED: &str = "unexplained";

// Causes of slots that are taken for nobody.
pub(super) const END_LOST: &str = "end lost";
pub(super) const LOG_DELAY: &str = "log delay";
pub(super) const FAILED_LOGIN: &str = "failed login";
pub(super) const STRANGER: &str = "stranger's probe";
pub(super) const UNANSWERED: &str = "login not answered yet";
pub(super) const HANDED_ON: &str = "left over by a reordered login";
pub(super) const STORE_FAILURE: &str = "store failure";
/// A cause that only a counter has, because nobody corrects its number.
pub(super) const NOT_TAKEN: &str = "end seen and not counted";
/// A cause that only a counter by the user's name alone has.
pub(super) const SHARED: &str = "session on another server";

// Causes of sessions that do not count.
pub(super) const OTHER_ADDRESS: &str = "key login from another address";
pub(super) const LOOKED: &str = "key login not counted before its start is known";
pub(super) const LATE_START: &str = "start lost or too late";
pub(super) const SILENT: &str = "session silent for too long";
pub(super) const END_COUNTED_TWICE: &str = "end counted twice";
pub(super) const COUNTER_EXPIRED: &str = "counter expired";
pub(super) const RACE: &str = "two logins read the same number";

/// A cause of both kinds: what is forgotten neither counts nor is known to have ended.
pub(super) const STORE_LOST: &str = "store lost its memory";

/// The most frequent of the `causes`; among equals the last one. They are in the order in which
/// they came.
pub(super) fn decisive(causes: &[&'static str]) -> Option<&'static str> {
    let how_many = |cause: &str| causes.iter().filter(|other| **other == cause).count();
    causes.iter().copied().max_by_key(|cause| how_many(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_cause_decides_and_then_the_latest() {
        assert_eq!(decisive(&[]), None);
        assert_eq!(decisive(&[END_LOST, FAILED_LOGIN, END_LOST]), Some(END_LOST));
        assert_eq!(decisive(&[END_LOST, FAILED_LOGIN]), Some(FAILED_LOGIN));
    }
}
