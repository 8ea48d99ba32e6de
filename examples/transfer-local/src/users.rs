//! User secrets in files: `DIR/<server-id>/<username>.json`.

use std::io::{Error, ErrorKind, Read, Result};
use std::path::{Path, PathBuf};

use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::ambient_authority;
use cap_std::fs::{File, OpenOptions};

use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecret, UserSecrets};

/// A folder of user secrets. Every login reads the file afresh, so that a change takes effect at
/// once.
#[derive(Clone, Debug)]
pub struct UserFiles {
    folder: PathBuf,
}

impl UserFiles {
    /// The user secrets in `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The path of a user's file. The names are validated: neither can hold a `/` or be `..`.
    fn path(&self, server: &ServerId, user: &UserName) -> PathBuf {
        self.folder.join(server.as_str()).join(format!("{user}.json"))
    }
}

impl UserSecrets for UserFiles {
    async fn secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> std::result::Result<Option<SecretBytes>, SecretSourceError> {
        let path = self.path(server, user);
        match tokio::task::spawn_blocking(move || read(&path)).await {
            Ok(Ok(secret)) => Ok(Some(secret)),
            Ok(Err(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err(SecretSourceError::new("reading the file failed")),
        }
    }
}

/// Reads a user's file. It never waits for anything else: a pipe may never say anything.
pub(crate) fn read(path: &Path) -> Result<SecretBytes> {
    let mut options = OpenOptions::new();
    options.read(true).nonblock(true);
    let file = File::open_ambient_with(path, &options, ambient_authority())?;
    if !file.metadata()?.is_file() {
        return Err(Error::other("not a regular file"));
    }
    // One byte more than is allowed, so that the core sees that it is too large.
    let most = UserSecret::MAX_LEN + 1;
    // A buffer that grows moves, and leaves copies that nobody wipes.
    let mut secret = Vec::with_capacity(most);
    let read = file.take(most as u64).read_to_end(&mut secret);
    let secret = SecretBytes::new(secret);
    read.map(|_| secret)
}

fn reason(error: &Error) -> SecretSourceError {
    SecretSourceError::new(format!("the file cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_at_each_login() {
        let folder = tempfile::tempdir().unwrap();
        let (server, user) = (ServerId::new("s-1").unwrap(), UserName::new("a.b@c").unwrap());
        let users = UserFiles::new(folder.path().to_owned());
        assert!(users.secret(&server, &user).await.unwrap().is_none());
        std::fs::create_dir(folder.path().join("s-1")).unwrap();
        for content in ["{}", "[]"] {
            std::fs::write(folder.path().join("s-1/a.b@c.json"), content).unwrap();
            let secret = users.secret(&server, &user).await.unwrap().unwrap();
            assert_eq!(secret.expose(), content.as_bytes());
        }
    }

    #[test]
    fn no_more_of_a_file_is_read_than_shows_that_it_is_too_large() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (len, expected) in [(0, 0), (1_000, 1_000), (1 << 20, UserSecret::MAX_LEN + 1)] {
            file.as_file().set_len(len).unwrap();
            assert_eq!(read(file.path()).unwrap().expose().len(), expected);
        }
    }

    #[tokio::test]
    async fn a_folder_in_place_of_a_file_is_no_unknown_user() {
        let folder = tempfile::tempdir().unwrap();
        let (server, user) = (ServerId::new("s-1").unwrap(), UserName::new("bob").unwrap());
        std::fs::create_dir_all(folder.path().join("s-1/bob.json")).unwrap();
        assert!(UserFiles::new(folder.path().to_owned()).secret(&server, &user).await.is_err());
    }

    /// Opened like a file, it would wait for a writer for ever.
    #[tokio::test]
    async fn a_pipe_in_place_of_a_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (server, user) = (ServerId::new("s-1").unwrap(), UserName::new("bob").unwrap());
        std::fs::create_dir(folder.path().join("s-1")).unwrap();
        let pipe = folder.path().join("s-1/bob.json");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let users = UserFiles::new(folder.path().to_owned());
        let read = users.secret(&server, &user);
        let read = tokio::time::timeout(std::time::Duration::from_secs(60), read).await;
        assert!(read.expect("it waits for the pipe").is_err());
    }
}
