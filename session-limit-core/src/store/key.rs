//! The names of items in a store.

use std::fmt;

use crate::names::{ServerId, SessionId, UserName};

/// The name of one item: at most 250 bytes of visible ASCII, as memcached wants it. The pattern is
/// `sl1/KIND/SERVER/NAME`, where `KIND` is `table`, `count`, `session` or `ended`.
///
/// Only valid names go into it, and none of them can contain the separator. So two different items
/// never share a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<str>);

impl Key {
    /// The lease table of a user.
    #[must_use]
    pub fn table(server: &ServerId, user: &UserName) -> Self {
        Self::of("table", server, user.as_str())
    }

    /// The counter of a user.
    #[must_use]
    pub fn counter(server: &ServerId, user: &UserName) -> Self {
        Self::of("count", server, user.as_str())
    }

    /// The record of a session, which tells its user.
    #[must_use]
    pub fn session(server: &ServerId, session: &SessionId) -> Self {
        Self::of("session", server, session.as_str())
    }

    /// The mark that a session's end has been counted.
    #[must_use]
    pub fn ended(server: &ServerId, session: &SessionId) -> Self {
        Self::of("ended", server, session.as_str())
    }

    fn of(kind: &str, server: &ServerId, name: &str) -> Self {
        Self(["sl1", kind, server.as_str(), name].join("/").into())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_longest_names_fit() {
        let server = ServerId::new(&format!("s-{}", "f".repeat(64))).unwrap();
        let user = UserName::new(&"u".repeat(100)).unwrap();
        let session = SessionId::new(&"a".repeat(40)).unwrap();
        for key in [
            Key::table(&server, &user),
            Key::counter(&server, &user),
            Key::session(&server, &session),
            Key::ended(&server, &session),
        ] {
            assert!(key.as_str().len() <= 250);
            assert!(key.as_str().bytes().all(|b| b.is_ascii_graphic()));
        }
    }

    /// Names of which one is often the start or the rest of another, or reads like a piece of a key.
    #[test]
    fn different_items_never_share_a_key() {
        let names = ["abc", "1abc", "11abc", "abcs-1", "s-1", "sl1", "table", "session", "ended"];
        let mut items = BTreeMap::new();
        for server in ["s-1", "s-11", "s-111", "s-abc", "s-table"] {
            let server = ServerId::new(server).unwrap();
            for name in names {
                let (user, session) = (UserName::new(name).unwrap(), SessionId::new(name).unwrap());
                for (kind, key) in [
                    ("table", Key::table(&server, &user)),
                    ("counter", Key::counter(&server, &user)),
                    ("session", Key::session(&server, &session)),
                    ("ended", Key::ended(&server, &session)),
                ] {
                    let item = (kind, server.clone(), name);
                    let other = items.insert(key.clone(), item.clone());
                    assert_eq!(other, None, "{key} is that of {item:?}, too");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_key_falls_into_the_names_that_it_was_made_of(
            server in "s-[a-zA-Z0-9]{1,64}", user in "[a-zA-Z0-9_][a-zA-Z0-9_@.-]{2,99}",
        ) {
            let key = Key::table(&ServerId::new(&server).unwrap(), &UserName::new(&user).unwrap());
            let parts: Vec<_> = key.as_str().split('/').collect();
            prop_assert_eq!(parts, ["sl1", "table", &server, &user]);
        }
    }
}
