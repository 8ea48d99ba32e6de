//! The source of user secrets.

use std::future::{Future, ready};
use std::sync::Arc;

use thiserror::Error;

use super::SecretBytes;
use crate::names::{ServerId, UserName};

/// A source of user secrets.
pub trait UserSecrets: Send + Sync {
    /// The secret of `user` as it is stored, or `None` if there is no such user.
    ///
    /// It may come from a cache. A secret that is too old lets a replaced password live on. `None`
    /// for a user who exists refuses somebody who should get in.
    ///
    /// # Errors
    /// The source gave no answer; nothing is known about the user.
    fn secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> impl Future<Output = Result<Option<SecretBytes>, SecretSourceError>> + Send;

    /// The secret as it is stored now. It is asked for after a login was refused by the answer of
    /// [`secret`](Self::secret). `None`, and the refusal stands, if that answer came from no cache,
    /// if there still is no such user, or if it is too early to ask again.
    ///
    /// The provided method says `None`, which is right for a source without a cache.
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

/// Forwards to the source that is pointed to.
macro_rules! forward {
    ($pointer:ty) => {
        impl<S: UserSecrets> UserSecrets for $pointer {
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
    };
}

forward!(&S);
forward!(Arc<S>);

/// The error of a source of user secrets that gave no answer: it is unreachable, too slow, or not
/// allowed to tell.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the user secret is unavailable: {0}")]
pub struct SecretSourceError(String);

impl SecretSourceError {
    /// An error for this `reason`, which goes to the log: one line, with nothing of a secret in it.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
