//! The built-in identity provider.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};
use session_limit_core::ledger::{AdmissionRequest, Ledger, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::{ServerId, Token, UserName};

use crate::clock;
use crate::decisions::Decisions;
use crate::identity::IdentityFunction;
use crate::ledger::EmbeddedLedger;

/// Stand-in until the core's identity provider is there.
pub struct BuiltIn {
    pub users: PathBuf,
    pub ledger: Arc<EmbeddedLedger>,
    pub decisions: Arc<Decisions>,
}

impl IdentityFunction for BuiltIn {
    fn invoke(&self, event: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + '_>> {
        Box::pin(async move {
            let event: Value = serde_json::from_slice(&event)?;
            let user = UserName::new(event["username"].as_str().unwrap_or_default())?;
            let server = ServerId::new(event["serverId"].as_str().unwrap_or_default())?;
            let source = event["sourceIp"].as_str().unwrap_or_default().parse().ok();
            let path = self.users.join(server.as_str()).join(format!("{user}.json"));
            let secret: Value = serde_json::from_slice(&std::fs::read(path)?)?;
            let phase = if event["password"].is_string() { Phase::Password } else { Phase::Key };
            if phase == Phase::Password && secret["Password"] != event["password"] {
                self.decisions.refused(Some(&user), &"wrong password");
                return Ok(b"{}".to_vec());
            }
            let limit = SessionLimit::new(
                secret["MaxSessionLimit"].to_string().replace('"', "").parse().unwrap_or(100),
            );
            let request = AdmissionRequest {
                server,
                user,
                limit,
                phase,
                has_password: secret["Password"].is_string(),
                source,
                token: Token::new(&format!("{:032x}", rand::random::<u128>()))?,
            };
            let admission = self.ledger.admit(&request, clock::now()).await?;
            if admission.verdict == Verdict::Refused {
                self.decisions
                    .refused(Some(&request.user), &format_args!("session limit {limit} reached"));
                return Ok(b"{}".to_vec());
            }
            self.decisions.admitted(&request.user, (admission.counted, limit), source, phase);
            let mut answer =
                json!({"Role": secret["Role"], "HomeDirectory": secret["HomeDirectory"]});
            if phase == Phase::Key {
                answer["PublicKeys"] = json!([secret["PublicKey"]]);
            }
            Ok(answer.to_string().into_bytes())
        })
    }
}
