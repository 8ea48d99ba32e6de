//! An identity provider of one's own: the users stand in a JSON file that is deployed with the
//! function, the sessions in the store that the settings name. Everything else comes from the
//! library: passwords and keys, address ranges, the grant, the session limit, the log, the metrics,
//! the deadline.

use std::collections::HashMap;

use serde_json::value::RawValue;
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_lambda::{IdentityHandler, StartError};
use session_limit_settings::OpenStore;

/// The users by name. What stands behind a name is what a user secret holds: `Role`, `Password`,
/// `MaxSessionLimit` and so on.
struct Users(HashMap<String, Box<RawValue>>);

/// The one thing to write: where a user comes from. It could as well be a database or a directory;
/// then an error means "no answer", and `None` "no such user".
impl UserSecrets for Users {
    async fn secret(
        &self,
        _server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        Ok(self.0.get(user.as_str()).map(|user| user.get().to_owned().into()))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    // All settings, which docs/operate/settings.md explains; and this crate may log.
    let settings = session_limit_lambda::start(&[module_path!()])?;

    // A setting of our own. The error must not show what the file holds.
    let file = std::env::var("USERS_FILE").map_err(|_| StartError::new("USERS_FILE: missing"))?;
    let json = std::fs::read(file).map_err(|e| StartError::new(format!("USERS_FILE: {e}")))?;
    let users = serde_json::from_slice(&json)
        .map_err(|e| StartError::new(format!("USERS_FILE: not users, line {}", e.line())))?;

    // Without a store nobody would be counted.
    let Some(store) = OpenStore::open(&settings)? else {
        return Err(StartError::new("SESSION_STORE: this function limits sessions"));
    };
    let ledger = settings.ledger(Some(store))?;

    IdentityHandler::new(Users(users), ledger, &settings).run().await
}
