//! The effect of a request on a node, which decides whether it may be sent again.

/// The effect of a request, by what happens if it is carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it only reads.
    None,
    /// The same as if once.
    Repeatable,
    /// Something else, or the second answer is another.
    Once,
}
