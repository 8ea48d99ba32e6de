//! The users of the tests. All that is secret about them holds a marker.

use serde_json::{Value, json};

pub(crate) use crate::leaks::MARKER;

pub(crate) const PASSWORD: &str = "MARKER-password";

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/transfer";

/// A user who may hold `limit` sessions.
pub(crate) fn user(limit: u32) -> Value {
    json!({"Role": ROLE, "Password": PASSWORD, "HomeDirectory": "/bucket/home",
        "MaxSessionLimit": limit.to_string()})
}
