//! The key that the server shows to its clients.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, load_secret_key};

/// The key in the file at `path`, which is made if it is not there; without a path, a new key.
///
/// # Errors
/// The file cannot be read or written, or holds no private key.
pub(crate) fn load_or_make(path: Option<&Path>) -> Result<PrivateKey> {
    let Some(path) = path else { return make() };
    let about = || format!("--host-key: cannot use {}", path.display());
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let key = make()?;
            file.write_all(key.to_openssh(LineEnding::LF)?.as_bytes()).with_context(about)?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            load_secret_key(path, None).with_context(about)
        }
        Err(error) => Err(error).with_context(about),
    }
}

fn make() -> Result<PrivateKey> {
    PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).context("cannot make a host key")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        let made = load_or_make(Some(&path)).unwrap();
        let loaded = load_or_make(Some(&path)).unwrap();
        assert_eq!(made.public_key(), loaded.public_key());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn something_else_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        std::fs::write(&path, "precious").unwrap();
        assert!(load_or_make(Some(&path)).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    }
}
