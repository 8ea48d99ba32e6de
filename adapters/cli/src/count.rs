//! Numbers of things.

/// A number of things, such as `1 session` or `2 sessions`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
