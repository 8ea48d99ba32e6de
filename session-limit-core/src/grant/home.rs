//! Home directories as the service knows them.

use serde::{Deserialize, Serialize};

/// The form in which a home directory is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HomeDirectoryType {
    /// A path of the storage, as it is.
    Path,
    /// Mappings from what the user sees to paths of the storage.
    Logical,
}

/// One mapping of a logical home directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HomeMapping {
    /// The path that the user sees.
    pub entry: String,
    /// The path of the storage.
    pub target: String,
    /// The kind of the target; absent means a directory.
    #[serde(default, rename = "Type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<MappingType>,
}

/// The kind of a mapping's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MappingType {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// Mappings as JSON text inside the JSON, which is how the service wants them.
pub(super) mod json_in_a_string {
    use serde::de::{Deserialize, Deserializer, Error as _};
    use serde::ser::{Error as _, Serializer};

    use super::HomeMapping;

    pub(in crate::grant) fn serialize<S: Serializer>(
        details: &Option<Vec<HomeMapping>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let Some(details) = details else { return serializer.serialize_none() };
        serializer.serialize_str(&serde_json::to_string(details).map_err(S::Error::custom)?)
    }

    pub(in crate::grant) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<HomeMapping>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(D::Error::custom)
    }
}
