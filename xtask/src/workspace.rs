//! The crates of this workspace.

use std::path::{Path, PathBuf};

use crate::steps::cargo;

/// A crate of the workspace.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// The features of the crate except `default`, in the order of its manifest.
    pub(crate) features: Vec<String>,
    pub(crate) is_published: bool,
}

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The folder that cargo builds in.
pub(crate) fn target() -> Result<PathBuf, String> {
    let output = cargo(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    target_of(&text).ok_or_else(|| {
        format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim())
    })
}

/// Every crate of the workspace.
pub(crate) fn members() -> Result<Vec<Member>, String> {
    let output = cargo(["tree", "--workspace", "--depth", "0", "--prefix", "none", "--locked"])
        .output()
        .map_err(|error| format!("cargo tree: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo tree: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let members: Vec<_> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(name_and_folder)
        .map(|(name, folder)| {
            let manifest = folder.join("Cargo.toml");
            let text = std::fs::read_to_string(&manifest)
                .map_err(|error| format!("{}: {error}", manifest.display()))?;
            let is_published = !text.lines().any(|line| line.trim() == "publish = false");
            Ok(Member { name, folder, features: features(&text), is_published })
        })
        .collect::<Result<_, String>>()?;
    if members.is_empty() {
        return Err("cargo tree lists no crates".into());
    }
    Ok(members)
}

/// The target folder in what `cargo metadata` prints: a string in JSON. A path with a backslash in
/// it is not read.
fn target_of(metadata: &str) -> Option<PathBuf> {
    let (_, rest) = metadata.split_once("\"target_directory\":\"")?;
    let (path, _) = rest.split_once('"')?;
    (!path.contains('\\')).then(|| path.into())
}

/// The name and the folder in a line like `name v1.2.3 (/folder)`.
fn name_and_folder(line: &str) -> Option<(String, PathBuf)> {
    let (name, rest) = line.split_once(' ')?;
    let (_, folder) = rest.rsplit_once('(')?;
    Some((name.to_owned(), folder.strip_suffix(')')?.into()))
}

/// The keys of a manifest's table `[features]`, except `default`.
fn features(manifest: &str) -> Vec<String> {
    let table = manifest.lines().skip_while(|line| line.trim() != "[features]").skip(1);
    table
        .take_while(|line| !line.starts_with('['))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
        .filter(|name| name != "default")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_from_a_manifest() {
        let manifest = "[package]\nname = \"x\"\n\n[features]\ndefault = [\"b\"]\n## What b does.\n\
                        b = [\n    \"dep:c\",\n]\nd = []\n\n[dependencies]\nc = \"1\"\n";
        assert_eq!(features(manifest), ["b", "d"]);
        assert!(features("[dependencies]\nc = \"1\"\n").is_empty());
    }

    #[test]
    fn the_target_folder_is_read_from_metadata() {
        let metadata = r#"{"packages":[],"target_directory":"/a b/target","version":1}"#;
        assert_eq!(target_of(metadata), Some("/a b/target".into()));
        assert_eq!(target_of(r#"{"target_directory":"C:\\target"}"#), None);
        assert_eq!(target_of("{}"), None);
    }

    #[test]
    fn a_member_is_read_from_a_tree() {
        let line = "xtask v0.1.0 (/a folder/xtask)";
        assert_eq!(name_and_folder(line), Some(("xtask".into(), "/a folder/xtask".into())));
        assert_eq!(name_and_folder(""), None);
    }
}
