//! The limit of a user.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of sessions a user may hold at once; 0 lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionLimit(u32);

impl SessionLimit {
    /// The limit of a user whose secret has no `MaxSessionLimit`.
    pub const DEFAULT: Self = Self(100);

    /// A limit of `sessions`.
    #[must_use]
    pub const fn new(sessions: u32) -> Self {
        Self(sessions)
    }

    /// The limit as a number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SessionLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
