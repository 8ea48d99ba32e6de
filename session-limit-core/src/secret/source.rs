//! Where user secrets come from.

use std::future::{Future, ready};

use thiserror::Error;

use super::SecretBytes;
use crate::names::{ServerId, UserName};

/// Where user secrets come from.
pub trait UserSecrets: Send + Sync {
    /// The secret of `user` as it is stored, or `None` if there is no such user.
    ///
    /// It may come from a cache. A secret that is too old lets a replaced password live on; `None`
    /// for a user there is refuses somebody who should get in.
    ///
    /// # Errors
    /// The source gave no answer; nothing is known about the user.
    fn secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<SecretBytes>, SecretSourceError>> + Send;

    /// Asked after a login has failed by what [`secret`](Self::secret) answered: the secret as it
    /// is stored now. `None` if that answer came from no cache, if there still is no such user, or
    /// if it is too early to ask again; then the refusal stands.
    ///
    /// Without a cache there is nothing newer, which is what the provided method says.
    ///
    /// # Errors
    /// The source gave no answer, and the refusal stands.
    fn newer_secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<SecretBytes>, SecretSourceError>> + Send {
        let _ = (server, user);
        ready(Ok(None))
    }
}

impl<S: UserSecrets> UserSecrets for &S {
    async fn secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        (**self).secret(server, user).await
    }

    async fn newer_secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        (**self).newer_secret(server, user).await
    }
}

/// The source of the user secrets gave no answer: unreachable, too slow, or not allowed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the user secret is unavailable: {0}")]
pub struct SecretSourceError(String);

impl SecretSourceError {
    /// `reason` goes to the log: one line, and nothing of a secret in it.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
