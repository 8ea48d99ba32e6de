//! The built-in identity provider: the core's, over user files and a ledger of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use session_limit_core::identity::{Decision, IdentityProvider};
use session_limit_core::ledger::Ledger;
use session_limit_core::names::Token;
use session_limit_core::refusal::Refusal;

use crate::clock;
use crate::decisions::Decisions;
use crate::identity::IdentityFunction;
use crate::users::UserFiles;

/// An identity provider in this process.
pub struct BuiltInProvider<L> {
    provider: Arc<IdentityProvider<UserFiles, L>>,
    decisions: Arc<Decisions>,
}

impl<L: Ledger> BuiltInProvider<L> {
    /// Lets `provider` decide, and writes its decisions to `decisions`.
    #[must_use]
    pub fn new(provider: IdentityProvider<UserFiles, L>, decisions: Arc<Decisions>) -> Self {
        Self { provider: Arc::new(provider), decisions }
    }

    fn report(&self, decision: &Decision) {
        let attempt = decision.attempt();
        let user = attempt.map(|attempt| &attempt.user);
        match (decision.refusal(), attempt, decision.admission(), decision.limit()) {
            (Some(Refusal::SessionLimitReached { limit, .. }), ..) => {
                self.decisions.refused(user, &format_args!("session limit {limit} reached"));
            }
            (Some(refusal), ..) => self.decisions.refused(user, refusal),
            (None, Some(attempt), Some(admission), Some(limit)) => {
                let share = (admission.counted, limit);
                self.decisions.admitted(&attempt.user, share, attempt.source, attempt.phase);
            }
            _ => self.decisions.note(&"admitted a login that nobody counted"),
        }
        let overdraft = decision.admission().map_or(0, |admission| admission.report.overdraft);
        if let (Some(user), 1..) = (user, overdraft) {
            self.decisions.over_limit(user, overdraft);
        }
        if let (Some(user), 1..) = (user, decision.unusable_keys()) {
            let count = decision.unusable_keys();
            self.decisions
                .note(&format_args!("{user} has {count} public keys that cannot be used"));
        }
    }
}

impl<L: Ledger + 'static> IdentityFunction for BuiltInProvider<L> {
    fn invoke(&self, event: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + '_>> {
        Box::pin(async move {
            let provider = Arc::clone(&self.provider);
            let token = new_request_id()?;
            // A password hash takes its time, and this thread has other clients to serve.
            let runtime = tokio::runtime::Handle::current();
            let answer = move || runtime.block_on(provider.answer(&event, token, clock::now()));
            let decision = tokio::task::spawn_blocking(answer).await?;
            self.report(&decision);
            Ok(serde_json::to_vec(decision.response())?)
        })
    }
}

/// A name for one call, as Lambda gives each of its invocations one.
fn new_request_id() -> Result<Token> {
    Ok(Token::new(&format!("{:032x}", rand::random::<u128>()))?)
}
