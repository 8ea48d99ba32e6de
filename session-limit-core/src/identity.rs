//! The identity provider: the whole way from an event to its answer.

mod deadline;
mod decision;
mod settings;
mod store_failure;

use std::future::{Future, pending};
use std::pin::{Pin, pin};

use crate::auth::{allows, authenticate};
use crate::grant::Grant;
use crate::ledger::{AdmissionRequest, Admitted, Ledger, LedgerError, Verdict};
use crate::login::{Login, Phase};
use crate::names::Token;
use crate::refusal::Refusal;
use crate::secret::{SecretBytes, SecretSourceError, UserSecret, UserSecrets};
use crate::time::Timestamp;

pub use crate::auth::{Decoy, DecoyError};
pub use decision::{Attempt, Decision};
pub use settings::IdentitySettings;
pub use store_failure::{OnStoreFailure, StoreFailure};

/// Answers logins: authenticates them, and lets the ledger admit them.
///
/// It runs on any executor, and asks the world through [`UserSecrets`] and [`Ledger`] only. These
/// are its steps, and only a login that passes the first four reaches the ledger:
///
/// 1. read the event,
/// 2. load the user's secret and read it,
/// 3. authenticate,
/// 4. build the whole grant,
/// 5. ask the ledger for a slot.
///
/// A login without a usable secret is still compared with a decoy, so that its time does not tell
/// why it fails. A login that is refused because of its secret is checked once more with a newer one,
/// if there is one.
///
/// ```
/// use session_limit_core::identity::*;
/// use session_limit_core::ledger::Ledger;
/// use session_limit_core::names::{ServerId, Token, UserName};
/// use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
/// use session_limit_core::time::Timestamp;
///
/// struct OneUser;
///
/// impl UserSecrets for OneUser {
///     async fn secret(
///         &self,
///         _server: &ServerId,
///         user: &UserName,
///     ) -> Result<Option<SecretBytes>, SecretSourceError> {
///         let json = r#"{"Role": "arn:aws:iam::123456789012:role/bob", "Password": "secret"}"#;
///         Ok((user.as_str() == "bob").then(|| json.to_owned().into()))
///     }
/// }
///
/// /// The JSON to answer with, and a line for the log.
/// async fn login(
///     ledger: impl Ledger,
///     event: &[u8],
///     request_id: &str,
///     now: Timestamp,
/// ) -> Result<(String, String), Box<dyn std::error::Error>> {
///     let provider = IdentityProvider::new(OneUser, ledger, IdentitySettings::default());
///     let decision = provider.answer(event, Token::new(request_id)?, now).await;
///     let line = match decision.refusal() {
///         None => "granted".to_owned(),
///         Some(refusal) => format!("refused: {refusal}"),
///     };
///     Ok((serde_json::to_string(decision.response())?, line))
/// }
/// ```
#[derive(Debug)]
pub struct IdentityProvider<S, L> {
    secrets: S,
    ledger: L,
    settings: IdentitySettings,
}

impl<S: UserSecrets, L: Ledger> IdentityProvider<S, L> {
    /// An identity provider of `secrets` and `ledger`.
    pub const fn new(secrets: S, ledger: L, settings: IdentitySettings) -> Self {
        Self { secrets, ledger, settings }
    }

    /// Answers one login. `token` names this login and no other. A retry of the login has the same
    /// token.
    ///
    /// There is always an answer and never an error: whatever goes wrong is a [`Refusal`]. Refusals
    /// should reach the client after a common time, no shorter than the costliest password hash
    /// takes. The caller does the waiting.
    pub async fn answer(&self, event: &[u8], token: Token, now: Timestamp) -> Decision {
        self.answer_before(pending(), event, token, now).await
    }

    /// Answers one login before `deadline` is ready. A secret that has not come by then counts as
    /// unavailable. A store that has not answered by then counts as one that gave no answer:
    /// [`on_store_failure`](IdentitySettings::on_store_failure) decides. Unlike dropping the future
    /// of [`answer`](Self::answer), this leaves a decision that can be [rolled
    /// back](Self::roll_back).
    pub async fn answer_before(
        &self,
        deadline: impl Future<Output = ()>,
        event: &[u8],
        token: Token,
        now: Timestamp,
    ) -> Decision {
        let mut deadline = pin!(deadline);
        let login = match Login::parse(event) {
            Ok(login) => login,
            Err(error) => return Decision::refused(None, Refusal::MalformedEvent(error)),
        };
        let attempt = Attempt::of(&login);
        match deadline::race(self.authenticate(&login), deadline.as_mut()).await {
            Some(Ok(secret)) => self.admit(attempt, &login, secret, token, now, deadline).await,
            Some(Err(refusal)) => Decision::refused(Some(attempt), refusal),
            None => {
                let late = SecretSourceError::new("the deadline has passed");
                Decision::refused(Some(attempt), Refusal::SecretUnavailable(late))
            }
        }
    }

    /// Gives back the slot of a decision whose answer will not reach the service after all. It does
    /// nothing if there is none, and may be called for any decision.
    ///
    /// # Errors
    /// A slot may stay taken until its lease expires: the store gave no answer, or the ledger
    /// cannot find out whether there is one.
    pub async fn roll_back(&self, decision: &Decision, now: Timestamp) -> Result<(), LedgerError> {
        match &decision.slot {
            Some((request, admitted)) => self.ledger.roll_back(request, *admitted, now).await,
            None => Ok(()),
        }
    }

    /// The source of the secrets.
    pub const fn secrets(&self) -> &S {
        &self.secrets
    }

    /// The ledger.
    pub const fn ledger(&self) -> &L {
        &self.ledger
    }

    async fn authenticate(&self, login: &Login) -> Result<UserSecret, Refusal> {
        let stored = self.secrets.secret(&login.server, &login.user).await;
        let refusal = match self.check(login, stored) {
            Err(refusal) if refusal.is_by_secret() => refusal,
            checked => return checked,
        };
        match self.secrets.newer_secret(&login.server, &login.user).await {
            Ok(Some(newer)) => self.check(login, Ok(Some(newer))),
            // What was answered stands: it was refused by what is known.
            Ok(None) | Err(_) => Err(refusal),
        }
    }

    fn check(
        &self,
        login: &Login,
        stored: Result<Option<SecretBytes>, SecretSourceError>,
    ) -> Result<UserSecret, Refusal> {
        let secret = match stored {
            Ok(Some(json)) => {
                UserSecret::parse(json.expose(), login.protocol).map_err(Refusal::Configuration)
            }
            Ok(None) => Err(Refusal::UnknownUser),
            Err(error) => Err(Refusal::SecretUnavailable(error)),
        };
        authenticate(login, secret, self.settings.methods.of(&login.server), &self.settings.decoy)
    }

    async fn admit(
        &self,
        attempt: Attempt,
        login: &Login,
        secret: UserSecret,
        token: Token,
        now: Timestamp,
        deadline: Pin<&mut impl Future<Output = ()>>,
    ) -> Decision {
        let methods = self.settings.methods.of(&login.server);
        let limit = secret.session_limit().unwrap_or(self.settings.default_limit);
        let request = AdmissionRequest::new(login.server.clone(), login.user.clone(), limit, token);
        let request = match login.phase() {
            Phase::Password => request,
            Phase::Key => request.key_phase(
                secret.has_password() && allows(methods, login.protocol, Phase::Password),
            ),
        };
        let request = request.from(login.source);
        let unusable_keys = secret.unusable_keys();
        // Nothing can fail after the slot is taken.
        let grant = grant(secret, login.phase());
        let mut decision = Decision::granted(attempt, request.limit, grant);
        decision.unusable_keys = unusable_keys;
        let admission = deadline::race(self.ledger.admit(&request, now), deadline).await;
        match admission.unwrap_or_else(|| Err(deadline::passed())) {
            Ok(admission) => {
                match admission.verdict {
                    Verdict::Admitted => decision.slot = Some((request, Admitted::Yes)),
                    Verdict::Refused => decision.refuse(Refusal::SessionLimitReached {
                        counted: admission.counted,
                        limit: request.limit,
                    }),
                }
                decision.admission = Some(admission);
            }
            Err(error) => {
                let on_store_failure = self.settings.on_store_failure;
                if error.is_ambiguous() {
                    decision.slot = Some((request, Admitted::Unknown));
                }
                decision.store_failure = StoreFailure::of(&error, on_store_failure);
                if let Some(refusal) = on_store_failure.refusal(error) {
                    decision.refuse(refusal);
                }
            }
        }
        decision
    }
}

fn grant(secret: UserSecret, phase: Phase) -> Grant {
    let public_keys = match phase {
        Phase::Key => secret.keys,
        // The service takes keys in the answer to a password for a mistake.
        Phase::Password => None,
    };
    Grant { public_keys, ..secret.grant }
}

#[cfg(test)]
mod tests;
