//! The identity provider: the users stand in a folder, the sessions in the store that the settings
//! name. All else comes from the library: passwords and keys, address ranges, the grant, the session
//! limit, the log, the metrics, the deadline.

use std::io::ErrorKind;
use std::path::PathBuf;

use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_lambda::{IdentityHandler, StartError};
use session_limit_settings::{SettingError, both};

/// A folder with a file for each user, such as `alice.json`. A file holds what a user secret holds:
/// `Role`, `Password`, `MaxSessionLimit` and so on.
struct Users(PathBuf);

/// The part to replace: users may as well come from a database or a directory.
impl UserSecrets for Users {
    async fn secret(
        &self,
        _server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        // The name is checked: it holds no `/`, and begins with no dot.
        match std::fs::read(self.0.join(format!("{user}.json"))) {
            Ok(secret) => Ok(Some(SecretBytes::new(secret))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            // No answer, so nothing is known of the user. The log tells the reason.
            Err(error) => Err(SecretSourceError::new(error.to_string())),
        }
    }
}

impl Users {
    /// The folder that a setting of our own names.
    fn from_settings() -> Result<Self, SettingError> {
        let folder = PathBuf::from(std::env::var_os("USERS_FOLDER").unwrap_or_default());
        if folder.is_dir() {
            return Ok(Self(folder));
        }
        let accepted = "a folder with a file for each user, such as alice.json";
        Err(SettingError::new("USERS_FOLDER", "missing, or no folder", accepted))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    // All that is missing or wrong is said at once.
    let (settings, (ledger, users)) =
        session_limit_lambda::start_with(&[module_path!()], |settings| {
            both(session_limit_settings::open(settings), Users::from_settings())
        })?;
    IdentityHandler::new(users, ledger, &settings).run().await
}
