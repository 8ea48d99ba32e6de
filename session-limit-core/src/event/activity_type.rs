//! Activity types: the meaning of `CONNECTED`, `DISCONNECTED` and the others.

/// The meaning of an activity type to the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActivityType {
    /// A session has started.
    Connected,
    /// A session is over.
    Ended,
    /// A session, if the message names one, is alive.
    Alive,
    /// A login failed.
    AuthFailure,
    /// No session is concerned, or nobody knows what it means: then it must change nothing.
    Other,
}

impl ActivityType {
    /// The meaning of an activity type, which has to match to the letter.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "CONNECTED" => Self::Connected,
            // Whether DISCONNECTED follows EXIT_REASON is not documented. Ending a session twice
            // does no harm.
            "DISCONNECTED" | "EXIT_REASON" => Self::Ended,
            "OPEN" | "CLOSE" | "PARTIAL_CLOSE" | "CREATE_SYMLINK" | "DELETE" | "MKDIR"
            | "RENAME" | "RMDIR" | "SETSTAT" | "ERROR" => Self::Alive,
            "AUTH_FAILURE" => Self::AuthFailure,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_to_match_to_the_letter() {
        assert_eq!(ActivityType::named("DISCONNECTED"), ActivityType::Ended);
        for other in [
            "",
            "disconnected",
            "DISCONNECTED ",
            " DISCONNECTED",
            "DISCONNECTED\0",
            "XDISCONNECTED",
            "DIS\u{200b}CONNECTED",
            "CONNECTION_REJECTED",
            "KEX_FAILURE",
            "TLS_RESUME_FAILURE",
        ] {
            assert_eq!(ActivityType::named(other), ActivityType::Other, "{other:?}");
        }
    }
}
