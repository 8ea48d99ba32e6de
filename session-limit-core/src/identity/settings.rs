//! The settings of the identity provider.

use super::store_failure::OnStoreFailure;
use crate::auth::Decoy;
use crate::limit::SessionLimit;
use crate::methods::ServerMethods;

/// The settings of an [`IdentityProvider`](super::IdentityProvider).
#[derive(Clone, Debug)]
pub struct IdentitySettings {
    /// How each server lets its SFTP users authenticate.
    pub methods: ServerMethods,
    /// The limit of a user whose secret has no `MaxSessionLimit`.
    pub default_limit: SessionLimit,
    /// What to do with an authenticated login while the store cannot be asked.
    pub on_store_failure: OnStoreFailure,
    /// What a password is compared with where the user has none or is unknown.
    pub decoy: Decoy,
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
