//! The handler's user secrets, lent to one invocation.

use session_limit_core::identity::{SecretSourceError, UserSecrets};
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::SecretBytes;

/// User secrets by reference.
pub(super) struct SecretsRef<'a, S>(pub(super) &'a S);

impl<S: UserSecrets> UserSecrets for SecretsRef<'_, S> {
    async fn secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        self.0.secret(server, user).await
    }

    async fn newer_secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        self.0.newer_secret(server, user).await
    }
}
