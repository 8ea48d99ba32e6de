//! The meaning of an identity provider's answer to the server.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::files::{Entry, Kind, Mapping, VirtualPath};

/// A usable answer that lets a user in.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The role; recorded, but there is nothing here to assume it for.
    pub role: String,
    /// The keys that the user may log in with, in OpenSSH's one-line form.
    pub public_keys: Vec<String>,
    /// The home folder for the log: its path, or `LOGICAL`.
    pub home: String,
    /// The folders that the user sees.
    pub mapping: Mapping,
}

/// The reason why an answer cannot be used. Transfer Family refuses the login then.
#[derive(Debug, PartialEq, Eq)]
pub struct BadAnswer(&'static str);

impl fmt::Display for BadAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    role: Option<String>,
    #[serde(default)]
    home_directory_type: HomeDirectoryType,
    home_directory: Option<String>,
    home_directory_details: Option<String>,
    #[serde(default)]
    public_keys: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum HomeDirectoryType {
    #[default]
    Path,
    Logical,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details {
    entry: String,
    target: String,
    #[serde(default)]
    r#type: DetailsType,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum DetailsType {
    #[default]
    Directory,
    File,
}

impl Grant {
    /// Reads an answer; `None` if it refuses the login.
    ///
    /// # Errors
    /// The answer is meant to let the user in, and cannot be used.
    pub fn read(answer: &[u8]) -> Result<Option<Self>, BadAnswer> {
        let members: HashMap<String, IgnoredAny> = read_json(answer)?;
        if members.is_empty() {
            return Ok(None);
        }
        let answer: Answer = read_json(answer)?;
        let role = answer.role.ok_or(BadAnswer("it has no Role"))?;
        if role.trim().is_empty() {
            return Ok(None);
        }
        let (home, mapping) = match answer.home_directory_type {
            HomeDirectoryType::Path => {
                let home = answer.home_directory.unwrap_or_else(|| "/".to_owned());
                let mapping = Mapping::path(absolute(&home)?);
                (home, mapping)
            }
            HomeDirectoryType::Logical => {
                if answer.home_directory.is_some() {
                    return Err(BadAnswer("HomeDirectory does not go together with LOGICAL"));
                }
                let entries = logical(answer.home_directory_details.as_deref())?;
                ("LOGICAL".to_owned(), Mapping::logical(entries))
            }
        };
        Ok(Some(Self { role, public_keys: answer.public_keys, home, mapping }))
    }
}

fn read_json<'a, T: Deserialize<'a>>(answer: &'a [u8]) -> Result<T, BadAnswer> {
    serde_json::from_slice(answer)
        .map_err(|_| BadAnswer("it is not a JSON object with fields of the right types"))
}

fn logical(details: Option<&str>) -> Result<Vec<Entry>, BadAnswer> {
    let details = details.ok_or(BadAnswer("LOGICAL needs HomeDirectoryDetails"))?;
    let details: Vec<Details> = serde_json::from_str(details)
        .map_err(|_| BadAnswer("HomeDirectoryDetails is not a list of entries and targets"))?;
    if details.is_empty() {
        return Err(BadAnswer("HomeDirectoryDetails is empty"));
    }
    let entry = |line: Details| {
        let kind = match line.r#type {
            DetailsType::Directory => Kind::Directory,
            DetailsType::File => Kind::File,
        };
        let (at, target) = (absolute(&line.entry)?, absolute(&line.target)?);
        if kind == Kind::File && (at.components().is_empty() || target.components().is_empty()) {
            return Err(BadAnswer("an entry or target of the type FILE is /, which is a folder"));
        }
        Ok(Entry { at, target, kind })
    };
    details.into_iter().map(entry).collect()
}

fn absolute(path: &str) -> Result<VirtualPath, BadAnswer> {
    if !path.starts_with('/') {
        return Err(BadAnswer("a folder's path does not start with /"));
    }
    VirtualPath::absolute(path)
        .map_err(|_| BadAnswer("a folder's path contains a NUL or is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<Option<Grant>, BadAnswer> {
        Grant::read(answer.as_bytes())
    }

    #[test]
    fn no_role_is_a_refusal() {
        assert!(read("{}").unwrap().is_none());
        assert!(read(r#"{"Role":" ","HomeDirectory":"/x"}"#).unwrap().is_none());
    }

    #[test]
    fn an_answer_that_only_lacks_the_role_is_a_mistake() {
        for answer in [r#"{"role":"arn:x"}"#, r#"{"HomeDirectory":"/x"}"#] {
            assert_eq!(read(answer).unwrap_err(), BadAnswer("it has no Role"));
        }
    }

    #[test]
    fn a_path_home_is_the_default() {
        let grant = read(r#"{"Role":"arn:x","HomeDirectory":"/bucket/a"}"#).unwrap().unwrap();
        assert_eq!(grant.home, "/bucket/a");
        assert_eq!(grant.mapping.start().to_string(), "/bucket/a");
        let grant = read(r#"{"Role":"arn:x"}"#).unwrap().unwrap();
        assert_eq!(grant.mapping.start().to_string(), "/");
    }

    #[test]
    fn a_logical_home_is_a_list_in_a_string() {
        let answer = r#"{"Role":"arn:x","HomeDirectoryType":"LOGICAL",
            "HomeDirectoryDetails":"[{\"Entry\":\"/\",\"Target\":\"/b/a\"},{\"Entry\":\"/n\",\"Target\":\"/b/n\",\"Type\":\"FILE\"}]"}"#;
        let grant = read(answer).unwrap().unwrap();
        assert_eq!(grant.mapping.entries().len(), 2);
        assert_eq!(grant.mapping.entries()[1].kind, Kind::File);
    }

    #[test]
    fn an_unusable_answer_lets_nobody_in() {
        for bad in [
            "",
            "null",
            r#"{"Role":5}"#,
            r#"{"Role":"arn:x","HomeDirectory":"no/slash"}"#,
            r#"{"Role":"arn:x","HomeDirectoryType":"LOGICAL"}"#,
            r#"{"Role":"arn:x","HomeDirectoryType":"LOGICAL","HomeDirectoryDetails":"[]"}"#,
            r#"{"Role":"arn:x","HomeDirectoryType":"LOGICAL","HomeDirectoryDetails":[]}"#,
            r#"{"Role":"arn:x","HomeDirectoryType":"ELSEWHERE"}"#,
            r#"{"Role":"arn:x","PublicKeys":"ssh-ed25519 AAAA"}"#,
        ] {
            assert!(read(bad).is_err(), "{bad} was accepted");
        }
    }
}
