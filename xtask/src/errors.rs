//! Checks that a test provokes every variant of each error that users can see.
//!
//! `assert_provoked!` does so for one error, and does not compile if it leaves out a variant. This
//! scan of the text sees to it that no error goes without one.

use std::io;
use std::path::Path;

use crate::workspace;

/// Looks through the sources of every crate of the workspace.
pub(crate) fn check() -> Result<(), String> {
    let mut missing = Vec::new();
    for member in workspace::members()? {
        let folder = member.folder.join("src");
        let mut source = String::new();
        read(&folder, &mut source).map_err(|error| format!("{}: {error}", folder.display()))?;
        let names = unprovoked(&source);
        missing.extend(names.iter().map(|name| format!("\n  {name} in {}", folder.display())));
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("no assert_provoked! for the variants of:{}", missing.concat()))
}

/// Appends every source file in `folder` and below it.
fn read(folder: &Path, source: &mut String) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, source)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            source.push_str(&std::fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// The public enums that derive `Error` and that have no `assert_provoked!`.
fn unprovoked(source: &str) -> Vec<&str> {
    let dense: String = source.split_whitespace().collect();
    let is_provoked = |name: &str| dense.contains(&format!("assert_provoked!({name}{{"));
    public_errors(source).filter(|name| !is_provoked(name)).collect()
}

/// The names of public enums that derive `Error`. A list of derived traits may span several lines.
fn public_errors(source: &str) -> impl Iterator<Item = &str> {
    let (mut is_derive, mut is_error) = (false, false);
    source.lines().filter_map(move |line| {
        if line.starts_with("#[derive(") {
            (is_derive, is_error) = (true, false);
        }
        if is_derive {
            is_error |= line.split(|c: char| !c.is_alphanumeric()).any(|word| word == "Error");
            is_derive = !line.ends_with(")]");
        } else if line.starts_with("pub ") {
            let name = line.strip_prefix("pub enum ")?.split(' ').next();
            return name.filter(|_| is_error);
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: &str =
        "#[derive(Debug, thiserror::Error)]\n#[non_exhaustive]\n/// x\npub enum E {\n";

    #[test]
    fn an_error_without_an_assertion_is_found() {
        assert_eq!(unprovoked(ERROR), ["E"]);
        assert_eq!(unprovoked(&ERROR.replace("thiserror::", "")), ["E"]);
        let long = ERROR.replace("(Debug, thiserror::Error)", "(\n    Debug, Error, Eq,\n)");
        assert_eq!(unprovoked(&long), ["E"]);
        let other = format!("{ERROR}}}\nassert_provoked!(\n  EE {{ A }}, x);");
        assert_eq!(unprovoked(&other), ["E"]);
    }

    #[test]
    fn nothing_else_is_found() {
        for source in [
            format!("{ERROR}}}\nassert_provoked!(\n  E {{ A }}, x);"),
            ERROR.replace("pub enum", "pub(crate) enum"),
            ERROR.replace("thiserror::Error", "Clone"),
            "#[derive(Error)]\npub struct S;\n#[derive(Debug)]\npub enum E {".to_owned(),
        ] {
            assert_eq!(unprovoked(&source), [""; 0], "{source}");
        }
    }

    #[test]
    fn every_error_of_this_project_is_provoked() {
        assert_eq!(check(), Ok(()));
    }
}
