//! How user secrets are asked for.

use std::time::Duration;

use crate::NamePattern;

/// How user secrets are asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The names of the secrets.
    pub names: NamePattern,
    /// The region of the secrets; `None` for the one that the AWS SDK finds by itself, in a Lambda
    /// function its own.
    pub region: Option<String>,
    /// How long one request for a secret may take, with its retries and whatever has to happen
    /// before it, such as loading credentials. A single attempt gets a third of it: a connection
    /// that died while nobody looked must not use up all of the time.
    pub timeout: Duration,
    /// What is kept of the answers.
    pub cache: CacheSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            names: NamePattern::default(),
            region: None,
            timeout: Duration::from_secs(3),
            cache: CacheSettings::default(),
        }
    }
}

impl Settings {
    /// The same with other [`names`](Self::names).
    #[must_use]
    pub fn with_names(self, names: NamePattern) -> Self {
        Self { names, ..self }
    }

    /// The same with another [`region`](Self::region).
    #[must_use]
    pub fn with_region(self, region: Option<String>) -> Self {
        Self { region, ..self }
    }

    /// The same with another [`timeout`](Self::timeout).
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same with another [`cache`](Self::cache).
    #[must_use]
    pub fn with_cache(self, cache: CacheSettings) -> Self {
        Self { cache, ..self }
    }
}

/// What is kept of the answers, "no such user" among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheSettings {
    /// How long an answer is kept: as long as a password that has been replaced may keep working.
    /// With zero nothing is kept, and the other settings do not matter.
    pub ttl: Duration,
    /// How soon a secret may be fetched ahead of time once more, after a login has failed by one
    /// from the cache. A login with a password that has just been replaced may be refused for this
    /// long.
    pub refetch_interval: Duration,
    /// The most answers to keep. When there is no room for another, "no such user" goes first, and
    /// of equals the oldest.
    pub max_entries: usize,
    /// The most bytes to keep, of names and secrets together.
    pub max_bytes: usize,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(60),
            refetch_interval: Duration::from_secs(1),
            max_entries: 1_000,
            max_bytes: 4 << 20,
        }
    }
}

impl CacheSettings {
    /// These settings, with another [`ttl`](Self::ttl).
    #[must_use]
    pub const fn with_ttl(self, ttl: Duration) -> Self {
        Self { ttl, ..self }
    }
}
