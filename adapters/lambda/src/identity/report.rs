//! The log line and the metrics of a decision. They never hold a password, a key or a hash.

use std::time::Duration;

use session_limit_core::identity::{Decision, OnStoreFailure};
use session_limit_core::ledger;
use session_limit_core::refusal::Refusal;
use tracing::{info, warn};

use crate::invocation::Invocation;
use crate::metrics::{Metric, Metrics};
use crate::phase;

pub(super) struct Report<'a> {
    pub(super) invocation: &'a Invocation,
    pub(super) decision: &'a Decision,
    pub(super) too_late: bool,
    /// A slot that should have been given back may stay taken.
    pub(super) leaked: bool,
    /// The time of each operation of the ledger that asked the store.
    pub(super) spent: &'a [Duration],
}

impl Report<'_> {
    /// One line, a warning if there is anything that an operator should look into.
    pub(super) fn log(&self) {
        let decision = self.decision;
        let ledger = self.ledger();
        let unusual = self.too_late
            || self.leaked()
            || decision.store_failure().is_some()
            || decision.refusal().is_some_and(Refusal::is_fault)
            || decision.unusable_keys() > 0
            || ledger.overdraft > 0
            || ledger.damaged;
        macro_rules! line {
            ($level:ident) => {{
                let attempt = decision.attempt();
                let failure = decision.store_failure();
                $level!(
                    request = self.invocation.request_id.as_str(),
                    server = attempt.map(|attempt| attempt.server.as_str()),
                    user = attempt.map(|attempt| attempt.user.as_str()),
                    protocol = attempt.map(|attempt| attempt.protocol.as_str()),
                    source =
                        attempt.and_then(|attempt| attempt.source).map(tracing::field::display),
                    phase = attempt.map(|attempt| phase::name(attempt.phase)),
                    decision = if self.admitted() { "admitted" } else { "refused" },
                    reason = self.reason(),
                    detail = decision.refusal().map(tracing::field::display),
                    counted = decision.admission().map(|admission| admission.counted),
                    limit = decision.limit().map(|limit| limit.get()),
                    store_failure = failure.map(|failure| tracing::field::display(&failure.error)),
                    on_store_failure = failure.map(|failure| decided(failure.decided)),
                    attempts = ledger.attempts,
                    overdraft = (ledger.overdraft > 0).then_some(ledger.overdraft),
                    damaged = ledger.damaged.then_some(true),
                    leaked = self.leaked().then_some(true),
                    unusable_keys = Some(decision.unusable_keys()).filter(|count| *count > 0),
                    "login"
                )
            }};
        }
        if unusual { line!(warn) } else { line!(info) }
    }

    pub(super) fn count(&self, metrics: &mut Metrics) {
        let server = self.decision.attempt().map(|attempt| &attempt.server);
        let ledger = self.ledger();
        let mut count = |metric, count: u64| metrics.count(server, metric, count);
        if self.admitted() {
            count(Metric::LoginsAdmitted, 1);
        } else {
            count(Metric::LoginsRefused, 1);
            let metric = self.decision.refusal().map_or(Metric::RefusedTooLate, Metric::of);
            count(metric, 1);
        }
        if let Some(failure) = self.decision.store_failure() {
            count(Metric::StoreFailures, 1);
            count(
                match failure.decided {
                    OnStoreFailure::Refuse => Metric::StoreFailuresRefused,
                    OnStoreFailure::Admit => Metric::StoreFailuresAdmitted,
                },
                1,
            );
        } else if matches!(self.decision.refusal(), Some(Refusal::StoreFailed(_))) {
            count(Metric::StoreFailures, 1);
            count(Metric::StoreFailuresRefused, 1);
        }
        count(Metric::StoreValuesDamaged, ledger.damaged.into());
        count(Metric::SlotsLeaked, self.leaked().into());
        let unusable = u64::try_from(self.decision.unusable_keys()).unwrap_or(u64::MAX);
        count(Metric::UnusablePublicKeys, unusable);
        metrics.value(server, Metric::Overdraft, ledger.overdraft);
        metrics.value(server, Metric::StoreAttempts, ledger.attempts);
        for time in self.spent {
            metrics.time(server, Metric::StoreLatency, *time);
        }
    }

    fn admitted(&self) -> bool {
        !self.too_late && self.decision.grant().is_some()
    }

    fn reason(&self) -> Option<&'static str> {
        let too_late = self.too_late.then_some("too_late");
        self.decision.refusal().map(Refusal::reason).or(too_late)
    }

    fn leaked(&self) -> bool {
        self.leaked || self.ledger().leaked
    }

    fn ledger(&self) -> ledger::Report {
        self.decision.admission().map(|admission| admission.report).unwrap_or_default()
    }
}

const fn decided(decided: OnStoreFailure) -> &'static str {
    match decided {
        OnStoreFailure::Refuse => "refuse",
        OnStoreFailure::Admit => "admit",
    }
}
