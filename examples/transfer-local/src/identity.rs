//! The identity provider as the server sees it: bytes in, bytes out, like a Lambda function.

use std::future::Future;
use std::pin::Pin;

use anyhow::Result;
use serde::Serialize;

/// A function that a server asks about every login.
pub trait IdentityFunction: Send + Sync {
    /// Answers one event: a JSON object, `{}` for every refusal.
    ///
    /// # Errors
    /// The function failed, which refuses the login as well.
    fn invoke(&self, event: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + '_>>;
}

/// The question of a server about a login.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginEvent<'a> {
    /// The user's name, as the client gave it.
    pub username: &'a str,
    /// The password; absent while the client offers a public key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<&'a str>,
    /// `SFTP`.
    pub protocol: &'static str,
    /// The server.
    pub server_id: &'a str,
    /// The client's address.
    pub source_ip: &'a str,
}
