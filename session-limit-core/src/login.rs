//! The login: one call of the identity provider.

/// What a login asks to be authenticated by. Clients and the service go through it twice where
/// a server wants both, and may go through [`Key`](Self::Key) before [`Password`](Self::Password)
/// where it wants either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// No password came with the login: the service wants the user's public keys and checks the
    /// signature itself, afterwards.
    Key,
    /// A password came with the login.
    Password,
}
