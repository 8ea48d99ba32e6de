//! The key that the server shows to its clients.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, load_secret_key};
use tempfile::NamedTempFile;

/// The key in the file at `path`, which is made if it is not there: clients remember it.
///
/// # Errors
/// The file cannot be read or written, or holds no private key.
pub(crate) fn load_or_make(path: &Path) -> Result<PrivateKey> {
    let about = || format!("--host-key: cannot use {}", path.display());
    if !path.try_exists().with_context(about)? {
        make(path).with_context(about)?;
    }
    load_secret_key(path, None).with_context(about)
}

/// Makes the file. It is there whole or not at all, since another server may be starting beside
/// this one.
fn make(path: &Path) -> Result<()> {
    let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // Temporary files are their owner's alone.
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(key.to_openssh(LineEnding::LF)?.as_bytes())?;
    match file.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != ErrorKind::AlreadyExists => Err(failed.error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        let made = load_or_make(&path).unwrap();
        let loaded = load_or_make(&path).unwrap();
        assert_eq!(made.public_key(), loaded.public_key());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn something_else_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        std::fs::write(&path, "precious").unwrap();
        assert!(load_or_make(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }
}
