//! Lines for the operator.

use std::fmt::Display;
use std::io::Write;

/// Writes one line to standard error. Nothing happens if nobody reads it any more: the clients
/// matter more.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
