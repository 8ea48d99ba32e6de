//! The grant: what an authenticated user gets, and the answer that carries it.

mod answer;
mod home;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use answer::Response;
pub use home::{HomeDirectoryType, HomeMapping, MappingType};

use crate::public_key;

/// Everything that an authenticated user gets. As JSON it is the answer that Transfer Family takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    /// The ARN of the IAM role.
    pub role: String,
    /// The form of the home directory; absent means [`Path`](HomeDirectoryType::Path).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_directory_type: Option<HomeDirectoryType>,
    /// The absolute path of the home directory. It is absent with
    /// [`Logical`](HomeDirectoryType::Logical).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_directory: Option<String>,
    /// The directories that the user sees, with [`Logical`](HomeDirectoryType::Logical). The answer
    /// holds them as JSON in a string.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "home::json_in_a_string")]
    pub home_directory_details: Option<Vec<HomeMapping>>,
    /// The session policy, a JSON object in a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The POSIX identity on EFS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posix_profile: Option<PosixProfile>,
    /// The public keys, in the key phase only. The service accepts any of them. It takes keys in
    /// the answer to a password for a mistake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_keys: Option<PublicKeys>,
}

/// A POSIX identity on EFS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PosixProfile {
    /// The user id.
    pub uid: u32,
    /// The group id.
    pub gid: u32,
    /// Further group ids, up to 16.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secondary_gids: Vec<u32>,
}

/// Public keys, each as `algorithm base64` and of a kind that the service takes. `Debug` shows
/// their number only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKeys(Vec<String>);

impl PublicKeys {
    /// Makes a list of keys. `None` if there are none: the service takes an empty list for a
    /// refusal.
    pub(crate) fn new(keys: Vec<String>) -> Option<Self> {
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// The keys.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// The fingerprint of each RSA key, as `ssh-keygen -l` shows it, and its size in bits.
    pub fn rsa_sizes(&self) -> impl Iterator<Item = (String, usize)> {
        self.0.iter().filter_map(|key| public_key::rsa(key))
    }
}

impl fmt::Debug for PublicKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} public keys]", self.0.len())
    }
}

#[cfg(test)]
mod tests;
