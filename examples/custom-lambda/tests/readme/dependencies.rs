//! The `Cargo.toml` of a project of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::example;

/// A crate's version, and its features.
type Dependency = (String, BTreeSet<String>);

#[test]
fn a_project_of_its_own_has_the_dependencies_of_this_package() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = [example("toml", "[package]"), example("toml", "[dev-dependencies]")].concat();
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/main.rs"), "").unwrap();
    let workspace = metadata(Path::new(env!("CARGO_MANIFEST_DIR")));
    let ours = dependencies(&workspace, &workspace);
    let theirs = dependencies(&metadata(folder.path()), &workspace);
    assert!(ours.keys().eq(theirs.keys()), "{ours:?}\n{theirs:?}");
    for (key, (version, features)) in &theirs {
        let (our_version, our_features) = &ours[key];
        assert_eq!(version, our_version, "{key:?}");
        // Of other crates the workspace has the features that all its members need.
        let may_have_fewer = !key.1.starts_with("session-limit");
        assert!(
            features == our_features || may_have_fewer && features.is_subset(our_features),
            "{key:?}: {features:?}, and {our_features:?} in the workspace"
        );
    }
}

/// The packages in `folder`, as cargo reads them, by their names.
fn metadata(folder: &Path) -> BTreeMap<String, Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (text(&package["name"]), package.clone())).collect()
}

/// The dependencies of `custom-lambda`, each by its kind and name. Where default features are asked
/// for, they are those that the crate has in `workspace`.
fn dependencies(
    packages: &BTreeMap<String, Value>,
    workspace: &BTreeMap<String, Value>,
) -> BTreeMap<(String, String), Dependency> {
    let list = packages["custom-lambda"]["dependencies"].as_array().unwrap().iter();
    list.map(|dependency| {
        let name = text(&dependency["name"]);
        let mut features = texts(&dependency["features"]);
        if dependency["uses_default_features"] == true {
            let package = workspace.get(&name);
            features.extend(package.iter().flat_map(|p| texts(&p["features"]["default"])));
        }
        let key = (dependency["kind"].to_string(), name);
        (key, (text(&dependency["req"]), features))
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}
