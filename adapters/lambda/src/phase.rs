//! The names of a login's phases in the log.

use session_limit_core::login::Phase;

pub(crate) const fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Key => "key",
        Phase::Password => "password",
    }
}
