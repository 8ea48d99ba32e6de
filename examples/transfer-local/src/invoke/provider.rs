//! A Lambda function as the identity provider.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use serde::Deserialize;
use serde::de::IgnoredAny;
use session_limit_core::login::Phase;
use session_limit_core::names::UserName;

use super::Function;
use crate::decisions::Decisions;
use crate::grant::Grant;
use crate::identity::IdentityFunction;

/// An identity provider of somebody else's, which says yes or no and gives no reason.
pub(crate) struct ProviderFunction {
    function: Function,
    decisions: Arc<Decisions>,
}

/// The part of a login that a decision tells.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Login {
    username: UserName,
    source_ip: IpAddr,
    password: Option<IgnoredAny>,
}

impl ProviderFunction {
    /// Lets `function` decide, and writes its decisions to `decisions`.
    pub(crate) fn new(function: Function, decisions: Arc<Decisions>) -> Self {
        Self { function, decisions }
    }
}

impl IdentityFunction for ProviderFunction {
    fn invoke(&self, event: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + '_>> {
        Box::pin(async move {
            let Login { username, source_ip, password } = serde_json::from_slice(&event)?;
            let answer = self.function.invoke(event).await?;
            // The server says for itself what it cannot use.
            match Grant::read(&answer) {
                Ok(Some(_)) if password.is_none() => {
                    self.decisions.granted(&username, source_ip, Phase::Key);
                }
                Ok(Some(grant)) if grant.public_keys.is_empty() => {
                    self.decisions.granted(&username, source_ip, Phase::Password);
                }
                Ok(None) => self.decisions.turned_away(&username, source_ip),
                Ok(Some(_)) | Err(_) => {}
            }
            Ok(answer)
        })
    }
}
