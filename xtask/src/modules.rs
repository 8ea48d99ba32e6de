//! Checks that no crate takes in a source file of another one.
//!
//! A file that two crates compile is two modules, each with unused parts of its own, and it is read
//! by the rules of neither. The parts that tests share are in the crate `session-limit-harness`.

use std::path::{Component, Path, PathBuf};

use crate::{files, workspace};

/// Looks through every crate of the workspace.
pub(crate) fn check() -> Result<(), String> {
    let folders: Vec<_> = workspace::members()?.into_iter().map(|member| member.folder).collect();
    check_crates(&folders)
}

/// Looks through the crates in `folders`, of which one may lie in another.
fn check_crates(folders: &[PathBuf]) -> Result<(), String> {
    let mut wrong = Vec::new();
    for folder in folders {
        let inner: Vec<_> =
            folders.iter().filter(|other| *other != folder && other.starts_with(folder)).collect();
        let is_own = |path: &Path| {
            path.starts_with(folder) && !inner.iter().any(|inner| path.starts_with(inner))
        };
        let files = files::below(folder, "rs")?.into_iter().filter(|file| is_own(file));
        for file in files {
            let source = std::fs::read_to_string(&file)
                .map_err(|error| format!("{}: {error}", file.display()))?;
            let away = paths(&source).filter(|path| !is_own(&plain(&file.with_file_name(path))));
            wrong.extend(away.map(|path| format!("\n  {}: {path}", file.display())));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("modules lead out of their crates:{}", wrong.concat()))
}

/// The paths that attributes of modules name.
fn paths(source: &str) -> impl Iterator<Item = &str> {
    let attributes = source.lines().map(str::trim_start).filter(|line| line.starts_with("#["));
    attributes.filter_map(|line| {
        let (before, rest) = line.split_once("path = \"")?;
        let is_path = before.ends_with(['[', ' ', ',']);
        is_path.then(|| rest.split('"').next().unwrap_or_default())
    })
}

/// `path` without `..`, by its text alone.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_modules_are_found() {
        let source = "#[path = \"a.rs\"]\nmod a;\n    #[path = \"../b.rs\"]\n    mod b;\n\
                      #[cfg_attr(test, path = \"c.rs\")]\nmod c;\n\
                      // #[path = \"d.rs\"]\nlet e = \"#[path = \\\"e.rs\\\"]\";\n\
                      #[serde(my_path = \"f\")]\n";
        assert_eq!(paths(source).collect::<Vec<_>>(), ["a.rs", "../b.rs", "c.rs"]);
    }

    #[test]
    fn a_module_of_another_crate_is_told() {
        let root = std::env::temp_dir().join(format!("xtask-modules-{}", std::process::id()));
        let crates = ["one", "one/inner", "two"].map(|name| root.join(name));
        for folder in &crates {
            std::fs::create_dir_all(folder.join("src")).unwrap();
        }
        let outcome = |file: &str, path: &str| {
            let file = root.join(file);
            std::fs::write(&file, format!("#[path = \"{path}\"]\nmod x;\n")).unwrap();
            let outcome = check_crates(&crates);
            std::fs::remove_file(file).unwrap();
            outcome
        };
        let own = outcome("one/src/lib.rs", "../tests/x.rs");
        let other = outcome("one/src/lib.rs", "../../two/src/x.rs");
        let inner = outcome("one/src/lib.rs", "../inner/src/x.rs");
        let outer = outcome("one/inner/src/lib.rs", "../../src/x.rs");
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(own, Ok(()));
        for wrong in [other, inner, outer] {
            let wrong = wrong.unwrap_err();
            assert_eq!(wrong.lines().count(), 2, "{wrong}");
        }
    }

    #[test]
    fn no_crate_of_this_project_takes_in_another_one_s_file() {
        assert_eq!(check(), Ok(()));
    }
}
