//! The names of user secrets.

use std::str::FromStr;

use session_limit_core::names::{ServerId, UserName};
use thiserror::Error;

/// A pattern of secret names, such as `{server_id}/{username}`, which is the default.
///
/// `{username}` has to be there, as otherwise all users would share one secret; `{server_id}` need
/// not be. The rest is letters, digits and `/_+=.@-`.
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

    /// How long a name can get.
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

/// Why a pattern of secret names cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NamePatternError {
    /// All users would share one secret.
    #[error("a secret name pattern without {{username}}")]
    NoUserName,
    /// There is a placeholder that is not known, or a brace without its partner.
    #[error(
        "a brace in a secret name pattern that belongs neither to {{server_id}} nor to {{username}}"
    )]
    UnknownPlaceholder,
    /// There is a character that Secrets Manager does not take.
    #[error("{0:?} in a secret name pattern; letters, digits and /_+=.@- are accepted")]
    Character(char),
    /// Names could be longer than Secrets Manager takes.
    #[error("a secret name pattern whose names may be longer than 512 characters")]
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
        if pattern.longest() > LONGEST_NAME {
            return Err(NamePatternError::TooLong);
        }
        Ok(pattern)
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
        use NamePatternError::{Character, NoUserName, TooLong, UnknownPlaceholder};
        assert_eq!(name(""), Err(NoUserName));
        assert_eq!(name("{server_id}"), Err(NoUserName));
        for braces in ["{user}/{username}", "{username", "{username}}", "{{username}}", "{}", "{"] {
            assert_eq!(name(braces), Err(UnknownPlaceholder), "{braces}");
        }
        for wrong in [' ', ':', '*', 'é', '\n', '\\'] {
            assert_eq!(name(&format!("a{wrong}/{{username}}")), Err(Character(wrong)));
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
}
