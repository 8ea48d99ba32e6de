//! The settings of the identity provider.

use super::store_failure::OnStoreFailure;
use crate::auth::Decoy;
use crate::limit::SessionLimit;
use crate::methods::ServerMethods;

/// The settings of an [`IdentityProvider`](super::IdentityProvider).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IdentitySettings {
    /// The authentication methods of each server, for SFTP.
    pub methods: ServerMethods,
    /// The limit of a user whose secret has no `MaxSessionLimit`.
    pub default_limit: SessionLimit,
    /// The answer to an authenticated login while the store cannot be asked.
    pub on_store_failure: OnStoreFailure,
    /// The password to compare with where the user has none or is unknown.
    pub decoy: Decoy,
}

impl IdentitySettings {
    /// The same with other [`methods`](Self::methods).
    #[must_use]
    pub fn with_methods(self, methods: ServerMethods) -> Self {
        Self { methods, ..self }
    }

    /// The same with another [`default_limit`](Self::default_limit).
    #[must_use]
    pub fn with_default_limit(self, default_limit: SessionLimit) -> Self {
        Self { default_limit, ..self }
    }

    /// The same with another answer [`on_store_failure`](Self::on_store_failure).
    #[must_use]
    pub fn with_on_store_failure(self, on_store_failure: OnStoreFailure) -> Self {
        Self { on_store_failure, ..self }
    }

    /// The same with another [`decoy`](Self::decoy).
    #[must_use]
    pub fn with_decoy(self, decoy: Decoy) -> Self {
        Self { decoy, ..self }
    }
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            methods: ServerMethods::default(),
            default_limit: SessionLimit::DEFAULT,
            on_store_failure: OnStoreFailure::Refuse,
            decoy: Decoy::default(),
        }
    }
}
