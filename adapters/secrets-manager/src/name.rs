//! The names of user secrets.

use std::str::FromStr;

use session_limit_core::names::{ServerId, UserName};
use thiserror::Error;

/// A pattern of secret names, such as `{server_id}/{username}`, which is the default.
///
/// `{username}` has to be there, as otherwise all users would share one secret; `{server_id}` need
/// not be. The rest is letters, digits and `/_+=.@-`. No letter, digit or placeholder may come
/// right after `{server_id}`, so that different users of different servers never share a name.
///
/// ```
/// use session_limit_core::names::{ServerId, UserName};
/// use session_limit_secrets_manager::NamePattern;
///
/// let pattern: NamePattern = "aws/transfer/{server_id}/{username}".parse()?;
/// let name = pattern.name(&ServerId::new("s-1234")?, &UserName::new("alice")?);
/// assert_eq!(name, "aws/transfer/s-1234/alice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    ServerId,
    UserName,
}

impl NamePattern {
    /// The name of a user's secret.
    #[must_use]
    pub fn name(&self, server: &ServerId, user: &UserName) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text,
            Part::ServerId => server.as_str(),
            Part::UserName => user.as_str(),
        });
        parts.collect()
    }

    /// The length of the longest name.
    fn longest(&self) -> usize {
        let lengths = self.0.iter().map(|part| match part {
            Part::Text(text) => text.len(),
            Part::ServerId => LONGEST_SERVER_ID,
            Part::UserName => LONGEST_USER_NAME,
        });
        lengths.sum()
    }
}

/// The longest name that Secrets Manager takes.
const LONGEST_NAME: usize = 512;
const LONGEST_SERVER_ID: usize = 66;
const LONGEST_USER_NAME: usize = 100;

/// The reason why a pattern of secret names cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NamePatternError {
    /// All users would share one secret.
    #[error("the secret name pattern has no {{username}}")]
    NoUserName,
    /// There is a placeholder that is not known, or a brace without its partner.
    #[error(
        "the secret name pattern has a brace that belongs neither to {{server_id}} nor to \
         {{username}}"
    )]
    UnknownPlaceholder,
    /// There is a character that Secrets Manager does not take.
    #[error("the secret name pattern has a {0:?}; accepted are letters, digits and /_+=.@-")]
    Character(char),
    /// A user of one server could have the name of another server's user.
    #[error(
        "the secret name pattern has a letter, a digit or a placeholder right after \
         {{server_id}}; put a separator such as / between them"
    )]
    NoSeparator,
    /// Names could be longer than Secrets Manager takes.
    #[error("the names of the secret name pattern may be longer than 512 characters")]
    TooLong,
}

impl Default for NamePattern {
    fn default() -> Self {
        Self(vec![Part::ServerId, Part::Text("/".into()), Part::UserName])
    }
}

impl FromStr for NamePattern {
    type Err = NamePatternError;

    fn from_str(mut pattern: &str) -> Result<Self, NamePatternError> {
        let mut parts = Vec::new();
        while !pattern.is_empty() {
            let (part, rest) = next_part(pattern)?;
            parts.push(part);
            pattern = rest;
        }
        let pattern = Self(parts);
        if !pattern.0.contains(&Part::UserName) {
            return Err(NamePatternError::NoUserName);
        }
        if pattern.0.windows(2).any(run_together) {
            return Err(NamePatternError::NoSeparator);
        }
        if pattern.longest() > LONGEST_NAME {
            return Err(NamePatternError::TooLong);
        }
        Ok(pattern)
    }
}

/// True if nobody could tell where a server id ends, since letters or digits may follow it.
fn run_together(neighbours: &[Part]) -> bool {
    match neighbours {
        [Part::ServerId, Part::Text(text)] => text.starts_with(|c: char| c.is_ascii_alphanumeric()),
        [Part::ServerId, _] => true,
        _ => false,
    }
}

fn next_part(pattern: &str) -> Result<(Part, &str), NamePatternError> {
    if let Some(rest) = pattern.strip_prefix("{server_id}") {
        return Ok((Part::ServerId, rest));
    }
    if let Some(rest) = pattern.strip_prefix("{username}") {
        return Ok((Part::UserName, rest));
    }
    let (text, rest) = pattern.split_at(pattern.find(['{', '}']).unwrap_or(pattern.len()));
    if text.is_empty() {
        return Err(NamePatternError::UnknownPlaceholder);
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"/_+=.@-".contains(*c)) {
        Some(wrong) => Err(NamePatternError::Character(wrong)),
        None => Ok((Part::Text(text.into()), rest)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn name(pattern: &str) -> Result<String, NamePatternError> {
        let user = UserName::new("bob.smith@example.com").unwrap();
        Ok(pattern.parse::<NamePattern>()?.name(&ServerId::new("s-1234").unwrap(), &user))
    }

    #[test]
    fn placeholders_are_replaced() {
        assert_eq!(name("{server_id}/{username}").unwrap(), "s-1234/bob.smith@example.com");
        assert_eq!(name("SFTP/{username}").unwrap(), "SFTP/bob.smith@example.com");
        assert_eq!(name("{username}").unwrap(), "bob.smith@example.com");
        assert_eq!(
            name("a_+=.@-{username}/{server_id}/z").unwrap(),
            "a_+=.@-bob.smith@example.com/s-1234/z"
        );
        assert_eq!(NamePattern::default(), "{server_id}/{username}".parse().unwrap());
    }

    #[test]
    fn a_pattern_that_cannot_work_is_refused() {
        use NamePatternError::{Character, NoSeparator, NoUserName, TooLong, UnknownPlaceholder};
        assert_eq!(name(""), Err(NoUserName));
        assert_eq!(name("{server_id}"), Err(NoUserName));
        for braces in ["{user}/{username}", "{username", "{username}}", "{{username}}", "{}", "{"] {
            assert_eq!(name(braces), Err(UnknownPlaceholder), "{braces}");
        }
        for wrong in [' ', ':', '*', 'é', '\n', '\\'] {
            assert_eq!(name(&format!("a{wrong}/{{username}}")), Err(Character(wrong)));
        }
        for joint in ["{server_id}{username}", "{username}{server_id}1", "{server_id}a/{username}"]
        {
            assert_eq!(name(joint), Err(NoSeparator), "{joint}");
        }
        let text = "a".repeat(LONGEST_NAME - LONGEST_USER_NAME);
        assert!(name(&format!("{text}{{username}}")).is_ok());
        assert_eq!(name(&format!("{text}a{{username}}")), Err(TooLong));
    }

    #[test]
    fn the_longest_names_are_as_long_as_the_core_allows() {
        let server = |n| ServerId::new(&format!("s-{}", "a".repeat(n - 2)));
        assert!(server(LONGEST_SERVER_ID).is_ok() && server(LONGEST_SERVER_ID + 1).is_err());
        let user = |n| UserName::new(&"a".repeat(n));
        assert!(user(LONGEST_USER_NAME).is_ok() && user(LONGEST_USER_NAME + 1).is_err());
    }

    /// Patterns of few characters, so that texts often look like pieces of names.
    fn pattern() -> impl Strategy<Value = NamePattern> {
        let part = prop_oneof![
            2 => Just("{server_id}".to_owned()),
            3 => Just("{username}".to_owned()),
            2 => "[s1/.-]{1,2}",
        ];
        prop::collection::vec(part, 1..6)
            .prop_filter_map("a pattern that cannot work", |parts| parts.concat().parse().ok())
    }

    /// Every text of `len` of these characters.
    fn texts(chars: &str, len: usize) -> Vec<String> {
        if len == 0 {
            return vec![String::new()];
        }
        let shorter = texts(chars, len - 1);
        shorter.iter().flat_map(|text| chars.chars().map(move |c| format!("{text}{c}"))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

        #[test]
        fn different_users_have_different_secrets(pattern in pattern()) {
            let per_server = pattern.0.contains(&Part::ServerId);
            let servers: Vec<_> = (1..4).flat_map(|len| texts("s1", len)).collect();
            let users: Vec<_> = (3..5).flat_map(|len| texts("s1-.", len)).collect();
            let mut owners = BTreeMap::new();
            for server in servers.iter().map(|id| ServerId::new(&format!("s-{id}")).unwrap()) {
                for user in users.iter().filter_map(|name| UserName::new(name).ok()) {
                    let owner = (per_server.then(|| server.clone()), user.clone());
                    let name = pattern.name(&server, &user);
                    let other = owners.insert(name.clone(), owner.clone());
                    prop_assert!(
                        other.as_ref().is_none_or(|other| *other == owner),
                        "{name} is the secret of {owner:?} and of {other:?}"
                    );
                }
            }
        }

        #[test]
        fn a_name_stays_below_what_stands_in_front_of_it(
            user in "[a-z0-9_][a-z0-9_@.-]{2,9}", server in "s-[a-z0-9]{1,9}",
        ) {
            let (server_id, username) = (ServerId::new(&server)?, UserName::new(&user)?);
            let name = NamePattern::default().name(&server_id, &username);
            let parts: Vec<_> = name.split('/').collect();
            prop_assert_eq!(&parts, &[server.as_str(), user.as_str()]);
            prop_assert!(parts.iter().all(|part| !matches!(*part, "" | "." | "..")));
        }
    }
}
