//! The settings of requests for user secrets, and of the answers that are kept.

use std::time::Duration;

use crate::NamePattern;

/// The settings of a [`SecretsManager`](crate::SecretsManager).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The names of the secrets.
    pub names: NamePattern,
    /// The region of the secrets; `None` for the one that the AWS SDK finds by itself. In a Lambda
    /// function that is the function's own.
    pub region: Option<String>,
    /// The time that one request for a secret may take, with its retries and whatever has to happen
    /// before it, such as loading credentials. A single attempt gets a third of it: a connection
    /// that died unnoticed must not use up all of the time.
    pub timeout: Duration,
    /// The bounds on the answers that are kept.
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

/// Bounds on the answers that are kept, "no such user" among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheSettings {
    /// The time for which an answer is kept. A password that has been replaced may keep working for
    /// as long. With zero nothing is kept, and the other settings do not matter.
    pub ttl: Duration,
    /// The time after which a secret may be fetched ahead of time again. It is fetched so when a
    /// login has failed by an answer that was kept. A login with a password that has just been
    /// replaced may be refused for this long.
    pub refetch_interval: Duration,
    /// The most answers to keep. When there is no room for another, a "no such user" goes first,
    /// and of equals the oldest.
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
