//! The levels of log lines that are written.

use std::fmt;

use tracing_subscriber::filter::{LevelFilter, Targets};

/// The log levels that `RUST_LOG` asks for, of all targets or of some. The default is INFO for all.
#[derive(Clone)]
pub struct LogLevels(Targets);

impl LogLevels {
    pub(crate) const ACCEPTED: &str =
        "off, error, warn, info, debug, trace, or target=level, several separated by commas";

    /// Reads `level` and `target=level`, separated by commas. A bare word that is no level is an
    /// error: taken for a target, it would silence everything else.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut targets = Targets::new();
        for part in text.split(',').map(str::trim) {
            let level = |text: &str| match text.parse::<LevelFilter>() {
                Ok(level) if !text.is_empty() => Ok(level),
                _ => Err("no such level"),
            };
            targets = match part.split_once('=') {
                Some((target, text)) if !target.trim().is_empty() => {
                    targets.with_target(target.trim(), level(text.trim())?)
                }
                Some(_) => return Err("no target before ="),
                None => targets.with_default(level(part)?),
            };
        }
        Ok(Self(targets))
    }

    /// The filter for `tracing`.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.0
    }
}

impl Default for LogLevels {
    fn default() -> Self {
        Self(Targets::new().with_default(LevelFilter::INFO))
    }
}

impl fmt::Debug for LogLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
