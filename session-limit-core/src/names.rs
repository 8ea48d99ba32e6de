//! Names that cross a boundary: parsed once, valid ever after.
//!
//! A name that does not fit its rule is refused here, so it never reaches a store key or the name
//! of a secret. Each type states its rule in words and as a pattern. No rule accepts a blank, a
//! control character, `/` or `:`.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;
use thiserror::Error;

/// The error of a name that does not fit its rule. It says what is expected, and never shows the
/// name itself, which may be hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a valid {kind}: expected {expected}")]
pub struct NameError {
    kind: &'static str,
    expected: &'static str,
}

/// A check of a name that serde reads, and the words for what is expected.
struct Checked<T>(fn(&str) -> Result<T, NameError>, &'static str);

impl<T> Visitor<'_> for Checked<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<T, E> {
        (self.0)(name).map_err(E::custom)
    }
}

/// Defines a kind of name, whose text a `$text` holds. A table has many session ids and tokens, so
/// these lie in place, however long they are. Most other names do so, too. A name that lies in
/// place costs no allocation.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident($text:ty), $kind:literal, $expected:literal, $valid:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl $name {
            /// Checks `name` against the rule.
            ///
            /// # Errors
            /// A [`NameError`] if `name` does not fit the rule of this type.
            pub fn new(name: &str) -> Result<Self, NameError> {
                let text = $valid(name).then(|| <$text>::try_from(name).ok()).flatten();
                text.map(Self).ok_or(NameError { kind: $kind, expected: $expected })
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(name: &str) -> Result<Self, NameError> {
                Self::new(name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(name: String) -> Result<Self, NameError> {
                Self::new(&name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Checked(Self::new, $expected))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}

name!(
    /// The id of a Transfer Family server: `s-`, and then 1 to 64 ASCII letters or digits.
    ///
    /// Pattern: `s-[A-Za-z0-9]{1,64}`. The service's own ids have 17 hexadecimal digits after the
    /// `s-`. Its documentation uses shorter and freer ones, so those are accepted too.
    ServerId(SmolStr), "server id", "\"s-\" and 1 to 64 ASCII letters or digits", is_server_id
);
name!(
    /// The name of a user of a server, by the service's own rule: 3 to 100 characters. Each is an
    /// ASCII letter, a digit, `_`, `@`, `.` or `-`. The first is none of `@`, `.` and `-`.
    ///
    /// Pattern: `[A-Za-z0-9_][A-Za-z0-9_@.-]{2,99}`. The service writes it `[\w][\w@.-]{2,99}`.
    UserName(SmolStr), "user name",
    "3 to 100 characters of A-Z a-z 0-9 _ @ . -, the first of A-Z a-z 0-9 _", is_user_name
);
name!(
    /// The id of a session, as the log of its server names it; unique on its server. It has 1 to 40
    /// characters. Each is an ASCII letter, a digit, `_` or `-`.
    ///
    /// Pattern: `[A-Za-z0-9_-]{1,40}`. Every known id is hexadecimal, but the service promises
    /// neither the alphabet nor the length. Its API has ids of at most 32 characters.
    SessionId(ArrayString<LONGEST_ID>), "session id", "1 to 40 characters of A-Z a-z 0-9 _ -", is_id
);
name!(
    /// The name of a reservation: the caller's request id, unique for each login. It has 1 to 40
    /// characters. Each is an ASCII letter, a digit, `_` or `-`.
    ///
    /// Pattern: `[A-Za-z0-9_-]{1,40}`. The request id of a Lambda invocation fits.
    Token(ArrayString<LONGEST_ID>), "token", "1 to 40 characters of A-Z a-z 0-9 _ -", is_id
);

fn is_server_id(name: &str) -> bool {
    name.strip_prefix("s-").is_some_and(|rest| {
        (1..=64).contains(&rest.len()) && all(rest, |b| b.is_ascii_alphanumeric())
    })
}

fn is_user_name(name: &str) -> bool {
    (3..=100).contains(&name.len())
        && name.bytes().next().is_some_and(is_word)
        && all(name, |b| is_word(b) || matches!(b, b'@' | b'.' | b'-'))
}

/// The longest id that is accepted. A full table of such ids has to fit the store.
pub(crate) const LONGEST_ID: usize = 40;

fn is_id(name: &str) -> bool {
    is_id_len(name.len()) && all(name, is_of_id)
}

pub(crate) fn is_id_len(len: usize) -> bool {
    (1..=LONGEST_ID).contains(&len)
}

fn is_of_id(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

/// True if all bytes are good. The loop has no early exit, so it takes many bytes at once.
fn all(name: &str, is_good: impl Fn(u8) -> bool) -> bool {
    name.bytes().fold(true, |good, byte| good & is_good(byte))
}

/// True for the bytes that `\w` stands for in the service's patterns.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Ids that stand one behind the other in a text. Their characters are checked all at once: a table
/// has many ids, and each by itself is too short to be checked quickly.
pub(crate) struct Ids<'a>(&'a str);

impl<'a> Ids<'a> {
    /// The ids in `text`, if all its characters may stand in an id.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        all(text, is_of_id).then_some(Self(text))
    }

    /// The ids in a text that has been checked.
    pub(crate) fn known(text: &'a str) -> Self {
        Self(text)
    }

    /// The text of the next ids, which is `len` characters long.
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next id, which is `len` characters long.
    pub(crate) fn next(&mut self, len: usize) -> Option<Id> {
        let id = self.take(len)?;
        ArrayString::try_from(id).ok().filter(|id| is_id_len(id.len())).map(Id)
    }

    /// True if there are no more.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A text that [`is_id`] accepts, whatever it names.
pub(crate) struct Id(ArrayString<LONGEST_ID>);

impl From<Id> for SessionId {
    fn from(id: Id) -> Self {
        Self(id.0)
    }
}

impl From<Id> for Token {
    fn from(id: Id) -> Self {
        Self(id.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn user_names_follow_the_services_rule() {
        let longest = "a".repeat(100);
        for good in ["bob", "_ab", "bob.smith@example.com", "a--", "9..", longest.as_str()] {
            assert_eq!(UserName::new(good).unwrap().as_str(), good);
        }
        let too_long = "a".repeat(101);
        for bad in [
            "",
            "ab",
            ".bob",
            "@bob",
            "-bob",
            "bob smith",
            "bob/x",
            "bob\n",
            "b\0b",
            "bób",
            "a:b",
            &too_long,
        ] {
            assert!(UserName::new(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn server_and_session_ids_fix_no_length() {
        assert!(ServerId::new("s-1234567890abcdef0").is_ok());
        assert!(ServerId::new("s-local").is_ok());
        for bad in ["", "s-", "t-1234", "s-12/3", "s-12 3", "s-é"] {
            assert!(ServerId::new(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(SessionId::new("9ca9a0e1cec6ad9d").is_ok());
        assert!(SessionId::new("914984e553bcddb60000").is_ok());
        for bad in ["", "a.b", "a b", "a\r\nb", &"f".repeat(LONGEST_ID + 1)] {
            assert!(SessionId::new(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn an_error_never_repeats_the_name() {
        let error = UserName::new("evil\nname").unwrap_err();
        assert!(!error.to_string().contains("evil"));
        assert!(error.to_string().contains("user name"));
    }

    #[test]
    fn names_are_checked_when_deserialised() {
        assert!(serde_json::from_str::<UserName>("\"bob\"").is_ok());
        assert!(serde_json::from_str::<UserName>("\"b\"").is_err());
    }

    /// Names as they should be, with something in the middle that is meant for whoever uses them:
    /// separators, paths, encodings, other commands, look-alikes.
    fn hostile() -> impl Strategy<Value = String> {
        let tricks = [
            "/",
            "..",
            "/../",
            "%2e%2e",
            "%2F",
            "\\",
            ":",
            "\0",
            "\r\nget a",
            " ",
            "\t",
            "{username}",
            "*",
            "$",
            "\u{430}",
            "\u{ff41}",
            "\u{2024}",
            "\u{2044}",
            "\u{200b}",
            "e\u{301}",
            "\u{212a}",
        ];
        let trick =
            prop_oneof![prop::sample::select(tricks.to_vec()).prop_map(str::to_owned), ".*"];
        ("(s-)?[a-z0-9@._-]{0,5}", trick, "[a-z0-9@._-]{0,5}").prop_map(|(a, b, c)| a + &b + &c)
    }

    proptest! {
        #[test]
        fn a_name_is_taken_to_the_letter_and_holds_nothing_that_means_more(text in hostile()) {
            let names = [
                ServerId::new(&text).map(String::from),
                UserName::new(&text).map(String::from),
                SessionId::new(&text).map(String::from),
                Token::new(&text).map(String::from),
            ];
            for name in names.into_iter().flatten() {
                prop_assert_eq!(&name, &text, "two texts could become one name");
                let harmless = |b: u8| b.is_ascii_alphanumeric() || b"_@.-".contains(&b);
                prop_assert!(name.bytes().all(harmless), "{:?}", name);
                prop_assert!(name != "." && name != "..");
            }
        }
    }
}
