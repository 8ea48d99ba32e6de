//! Home directories and POSIX identities in a secret.

use serde_json::Value as Json;

use super::SecretError;
use super::fields::{Field, Fields};
use super::value::number;
use crate::grant::{Grant, HomeDirectoryType, HomeMapping, MappingType, PosixProfile};

/// The longest path the service takes, in characters.
const MAX_PATH_CHARS: usize = 1024;
const MAX_SECONDARY_GIDS: usize = 16;

/// The home directory, as a grant has it.
#[derive(Default)]
pub(super) struct Home {
    pub(super) kind: Option<HomeDirectoryType>,
    pub(super) path: Option<String>,
    pub(super) details: Option<Vec<HomeMapping>>,
    /// True if a path is given that the details overrule.
    pub(super) ignores_path: bool,
}

pub(super) fn parse(fields: &mut Fields) -> Result<Home, SecretError> {
    let kind = fields.take("HomeDirectoryType").filter(|field| !field.is_empty());
    let details = fields.take("HomeDirectoryDetails").filter(|field| !field.is_empty());
    let path = fields.take("HomeDirectory").filter(|field| !field.is_empty());
    let logical = match kind.as_ref().map(|field| (field, field.text())) {
        None => None,
        Some((_, Some("PATH"))) => Some(false),
        Some((_, Some("LOGICAL"))) => Some(true),
        Some((field, _)) => return Err(field.invalid("PATH or LOGICAL")),
    };
    let contradiction = |expected| {
        let key = kind.as_ref().map(|field| field.key.clone()).unwrap_or_default();
        Err(SecretError::Contradiction { key, expected })
    };
    match (logical, details) {
        (Some(true), None) => contradiction("HomeDirectoryDetails with LOGICAL"),
        (Some(false), Some(_)) => contradiction("no HomeDirectoryDetails with PATH"),
        (_, Some(details)) => Ok(Home {
            kind: Some(HomeDirectoryType::Logical),
            path: None,
            details: Some(mappings(&details)?),
            ignores_path: path.is_some(),
        }),
        (_, None) => Ok(Home {
            kind: logical.map(|_| HomeDirectoryType::Path),
            path: path.map(|path| home_directory(&path)).transpose()?,
            details: None,
            ignores_path: false,
        }),
    }
}

fn home_directory(field: &Field) -> Result<String, SecretError> {
    let path = field.text().filter(|path| is_path(path)).map(str::to_owned);
    path.ok_or_else(|| field.invalid("an absolute path of at most 1024 characters"))
}

fn mappings(field: &Field) -> Result<Vec<HomeMapping>, SecretError> {
    let mappings = match field.json() {
        Some(Json::Array(mappings)) => mappings.iter().map(mapping).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    // An empty list is not taken for none: the user would see the bucket as it is.
    mappings.filter(|mappings| !mappings.is_empty()).ok_or_else(|| {
        field.invalid(
            "a JSON array of {\"Entry\":\"/…\",\"Target\":\"/…\"}, each path absolute and of at \
             most 1024 characters, \"Type\" FILE, DIRECTORY or left out",
        )
    })
}

fn mapping(value: &Json) -> Option<HomeMapping> {
    let path = |key| value.get(key)?.as_str().filter(|path| is_path(path)).map(str::to_owned);
    let kind = match value.get("Type") {
        None | Some(Json::Null) => None,
        Some(kind) => Some(match kind.as_str()? {
            "FILE" => MappingType::File,
            "DIRECTORY" => MappingType::Directory,
            _ => return None,
        }),
    };
    Some(HomeMapping { entry: path("Entry")?, target: path("Target")?, kind })
}

/// The key of the home directory, if a path of it has `//`, or a segment `.` or `..`.
pub(super) fn indirect(grant: &Grant) -> Option<&'static str> {
    let is_indirect = |path: &String| {
        path.contains("//") || path.split('/').any(|segment| matches!(segment, "." | ".."))
    };
    let mut mappings = grant.home_directory_details.iter().flatten();
    if grant.home_directory.as_ref().is_some_and(is_indirect) {
        Some("HomeDirectory")
    } else if mappings.any(|mapping| is_indirect(&mapping.entry) || is_indirect(&mapping.target)) {
        Some("HomeDirectoryDetails")
    } else {
        None
    }
}

/// True for an absolute path that is not too long and holds nothing that could break a line.
fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path.chars().count() <= MAX_PATH_CHARS
        && !path.contains(char::is_control)
}

pub(super) fn posix(field: &Field) -> Result<Option<PosixProfile>, SecretError> {
    if field.is_empty() {
        return Ok(None);
    }
    field.json().as_ref().and_then(profile).map(Some).ok_or_else(|| {
        field.invalid(
            "a JSON object {\"Uid\":0,\"Gid\":0,\"SecondaryGids\":[0]}, each id from 0 to \
             4294967295, at most 16 secondary ones or none",
        )
    })
}

fn profile(value: &Json) -> Option<PosixProfile> {
    let secondary_gids = match value.get("SecondaryGids") {
        None | Some(Json::Null) => Vec::new(),
        Some(gids) => gids.as_array()?.iter().map(number).collect::<Option<Vec<_>>>()?,
    };
    let uid = number(value.get("Uid")?)?;
    let gid = number(value.get("Gid")?)?;
    (secondary_gids.len() <= MAX_SECONDARY_GIDS).then_some(PosixProfile {
        uid,
        gid,
        secondary_gids,
    })
}
