//! The kinds of ledgers that an operator may choose.

use std::str::FromStr;

use session_limit_core::ledger::lease::Capacity;
use session_limit_core::limit::SessionLimit;
use thiserror::Error;

/// The way in which sessions are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LedgerKind {
    /// Every login and every session holds a lease of its own.
    #[default]
    Lease,
    /// One number for each user; for stores without compare-and-swap.
    Counter,
}

impl LedgerKind {
    /// The names of all kinds.
    pub const NAMES: [&str; 2] = [Self::Lease.name(), Self::Counter.name()];

    pub(crate) const ALL: [(&str, Self); 2] =
        [(Self::Lease.name(), Self::Lease), (Self::Counter.name(), Self::Counter)];

    /// The name, as `SESSION_LEDGER` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lease => "lease",
            Self::Counter => "counter",
        }
    }

    /// The largest limit that can be kept in a store whose values have up to `max_value_len` bytes;
    /// `None` if any limit can.
    #[must_use]
    pub fn largest_limit(self, max_value_len: usize) -> Option<SessionLimit> {
        match self {
            Self::Lease => Some(Capacity::of(max_value_len).largest_limit()),
            Self::Counter => None,
        }
    }
}

impl FromStr for LedgerKind {
    type Err = LedgerKindError;

    fn from_str(text: &str) -> Result<Self, LedgerKindError> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, kind)| kind).ok_or(LedgerKindError)
    }
}

/// A text that names no [`LedgerKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected lease or counter")]
pub struct LedgerKindError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_from_its_own_name() {
        let named = LedgerKind::NAMES.map(str::parse);
        assert_eq!(named, [Ok(LedgerKind::Lease), Ok(LedgerKind::Counter)]);
        assert_eq!("Lease".parse::<LedgerKind>(), Err(LedgerKindError));
    }
}
