//! The kinds of ledgers.

/// One of the ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Kind {
    Lease,
    Counter,
}
