//! Warnings about the users' files, before anyone tries to log in.

use std::io::Result;
use std::path::Path;

use serde_json::{Map, Value};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Protocol;
use session_limit_core::names::UserName;
use session_limit_core::secret::UserSecret;

use crate::users;

/// The most warnings that are worth reading.
const MOST_WARNINGS: usize = 20;

/// A line for each file in `folder` that cannot be used as a user's, or allows more than one may
/// think. None of them shows what is in the file.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn warnings(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    let warn = |path: &Path| Some(format!("note: {:?} {}", path, problem(path)?));
    let mut warnings: Vec<String> = paths.iter().filter_map(|path| warn(path)).collect();
    if let Some(more) = warnings.len().checked_sub(MOST_WARNINGS).filter(|more| *more > 0) {
        warnings.truncate(MOST_WARNINGS);
        warnings.push(format!("note: {more} more of the users' files have problems"));
    }
    Ok(warnings)
}

fn problem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let Some(user) = name.strip_suffix(".json") else {
        let is_hidden = name.starts_with('.');
        return (!is_hidden).then(|| "is nobody's file: it is not called USER.json".to_owned());
    };
    if let Err(error) = UserName::new(user) {
        return Some(format!("lets nobody log in: {error}"));
    }
    let secret = match users::read(path) {
        Ok(secret) => secret,
        Err(error) => return Some(format!("lets nobody log in: {error}")),
    };
    match &UserSecret::parse(secret.expose(), Protocol::Sftp) {
        Err(error) => return Some(format!("lets nobody log in: {error}")),
        Ok(secret) if let Some(error) = secret.password_problem() => {
            return Some(format!("lets nobody log in by password: {error}"));
        }
        Ok(secret) if !secret.has_password() && secret.public_keys().is_none() => {
            return Some("lets nobody log in: it has neither a password nor a public key".into());
        }
        Ok(secret) if secret.session_limit() == Some(SessionLimit::new(0)) => {
            return Some("lets nobody log in: its MaxSessionLimit is 0".into());
        }
        Ok(_) => {}
    }
    let fields: Map<String, Value> = serde_json::from_slice(secret.expose()).ok()?;
    (!fields.iter().any(is_home))
        .then(|| "has no HomeDirectory, so that the user sees everybody's files".to_owned())
}

/// True if a field says where the user's files are, over SFTP.
fn is_home((key, value): (&String, &Value)) -> bool {
    let key = key.strip_prefix("SFTP").unwrap_or(key);
    let is_empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    matches!(key, "HomeDirectory" | "HomeDirectoryDetails") && !is_empty
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        r#"{"Role":"arn:aws:iam::000000000000:role/x","HomeDirectory":"/b/x","Password":"hush"}"#;

    #[test]
    fn each_file_that_is_no_good_is_named_and_none_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            std::fs::write(folder.path().join(name), content).unwrap();
        };
        for name in ["bob.json", "a.b@c.json"] {
            write(name, GOOD);
        }
        write(".hidden", "");
        assert_eq!(warnings(folder.path()).unwrap(), [""; 0]);
        write("al.json", GOOD);
        write("broken.json", r#"{"Password":"hush","#);
        write("limit.json", &GOOD.replace('}', r#","MaxSessionLimit":"hush"}"#));
        write("nobody.json", &GOOD.replace('}', r#","MaxSessionLimit":0}"#));
        write("notes.txt", "hush");
        write("old.json", &GOOD.replace("hush", "$6$hush$0123456789012345678901"));
        write("roamer.json", &GOOD.replace("HomeDirectory", "FTPHomeDirectory"));
        write("wayless.json", &GOOD.replace("Password", "Word"));
        std::fs::create_dir(folder.path().join("folder.json")).unwrap();
        let found = warnings(folder.path()).unwrap();
        let names =
            ["al", "broken", "folder", "limit", "nobody", "notes", "old", "roamer", "wayless"];
        assert_eq!(found.len(), names.len(), "{found:#?}");
        for (name, warning) in names.iter().zip(&found) {
            assert!(warning.contains(&format!("/{name}.")), "{warning}");
            assert!(!warning.contains("hush"), "{warning}");
        }
    }

    #[test]
    fn many_bad_files_do_not_fill_the_screen() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..100 {
            std::fs::write(folder.path().join(number.to_string()), "").unwrap();
        }
        assert_eq!(warnings(folder.path()).unwrap().len(), MOST_WARNINGS + 1);
    }
}
