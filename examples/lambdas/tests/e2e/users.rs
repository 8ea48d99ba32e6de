//! The users of the tests. All that is secret about them holds a marker.

use serde_json::{Value, json};

pub(crate) use session_limit_harness::leaks::MARKER;

pub(crate) const PASSWORD: &str = "MARKER-password";

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/transfer";

/// The hash of the password, with the marker for a salt.
const HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$MARKERMARKER$aKm4XjG/FnffFQcZasOfb2SYIqRdSZd23jNUTOQXojY";

/// A user who may hold `limit` sessions.
pub(crate) fn user(limit: u32) -> Value {
    json!({"Role": ROLE, "Password": PASSWORD, "HomeDirectory": "/bucket/home",
        "MaxSessionLimit": limit.to_string()})
}

/// The same, of whose password only a hash is stored.
pub(crate) fn hashed_user(limit: u32) -> Value {
    let mut user = user(limit);
    user["Password"] = HASH.into();
    user
}
