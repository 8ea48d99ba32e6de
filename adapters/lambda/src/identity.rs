//! The identity provider as a Lambda handler.

mod report;
#[cfg(test)]
mod tests;
mod timed_ledger;

use std::pin::pin;
use std::time::Duration;

use session_limit_core::grant::Response;
use session_limit_core::identity::{Decision, IdentityProvider, IdentitySettings};
use session_limit_core::ledger::Ledger;
use session_limit_core::secret::UserSecrets;
use session_limit_settings::Settings;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::clock;
use crate::invocation::{Budget, Invocation};
use crate::metrics::{Metrics, Sink};
use crate::runtime::{StartError, run};
use timed_ledger::TimedLedger;

/// Answers logins, one for each invocation, and logs and counts what it decides.
///
/// Every refusal takes [`Settings::refusal_floor`], or longer if that is not enough to find out.
/// Every answer comes before the invocation's deadline. A slot whose login cannot be answered by
/// then is given back.
pub struct IdentityHandler<S, L> {
    secrets: S,
    ledger: L,
    settings: IdentitySettings,
    refusal_floor: Duration,
    metrics: Sink,
}

impl<S: UserSecrets, L: Ledger> IdentityHandler<S, L> {
    /// A handler that authenticates users by `secrets` and counts their sessions by `ledger`.
    pub fn new(secrets: S, ledger: L, settings: &Settings) -> Self {
        Self {
            secrets,
            ledger,
            settings: settings.identity(),
            refusal_floor: settings.refusal_floor,
            metrics: Sink::default(),
        }
    }

    /// The same handler, with its metrics in `metrics` instead of on standard output.
    #[must_use]
    pub fn with_metrics(self, metrics: Sink) -> Self {
        Self { metrics, ..self }
    }

    /// Answers invocations until Lambda ends the process.
    ///
    /// # Errors
    /// The Lambda Runtime API cannot be reached.
    pub async fn run(self) -> Result<(), StartError> {
        run(async |event: &[u8], invocation| Ok(self.answer(event, &invocation).await)).await
    }

    /// Answers one login. `event` may be any bytes: what is no login is refused.
    pub async fn answer(&self, event: &[u8], invocation: &Invocation) -> Response {
        let budget = invocation.budget();
        let ledger = TimedLedger::new(&self.ledger);
        let provider = IdentityProvider::new(&self.secrets, ledger, self.settings.clone());
        let deadline = pin!(sleep_until(budget.work));
        let decision =
            provider.answer_before(deadline, event, invocation.token(), clock::now()).await;
        // Whatever takes the processor, such as a password hash, is not bounded by a timer.
        let too_late = Instant::now() > budget.answer;
        let leaked = if too_late || decision.grant().is_none() {
            roll_back(&provider, &decision, &budget).await
        } else {
            false
        };
        let mut metrics = Metrics::default();
        let report = report::Report {
            invocation,
            decision: &decision,
            too_late,
            leaked,
            spent: &provider.ledger().spent(),
        };
        report.log();
        report.count(&mut metrics);
        metrics.emit(clock::now(), &self.metrics);
        if !too_late && decision.grant().is_some() {
            return decision.response().clone();
        }
        sleep_until(budget.at_most(self.refusal_floor)).await;
        Response::Refused
    }
}

/// Gives back the slot of a login that is refused after all, in what is left of the time. Returns
/// true if a slot may stay taken until it expires.
async fn roll_back<S: UserSecrets, L: Ledger>(
    provider: &IdentityProvider<S, L>,
    decision: &Decision,
    budget: &Budget,
) -> bool {
    // A login that is too late already has nothing to lose by trying for a moment.
    let until = budget.answer.max(Instant::now() + Duration::from_millis(50));
    let rolled_back = timeout_at(until, provider.roll_back(decision, clock::now())).await;
    decision.may_hold_slot() && !matches!(rolled_back, Ok(Ok(())))
}
