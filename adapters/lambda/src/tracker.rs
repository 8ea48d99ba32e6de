//! The session tracker: feeds log messages to a ledger.

#[cfg(feature = "cloudwatch-logs")]
mod delivery;
mod report;
#[cfg(test)]
mod tests;

use std::fmt::Display;

use session_limit_core::event::{EventKind, LogEntry, LogError, SessionEvent};
use session_limit_core::ledger::{Ledger, LedgerError, Observation};
use session_limit_core::login::Phase;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::names::ServerId;
use session_limit_core::store::StoreError;
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use crate::clock;
use crate::invocation::{Budget, Invocation};
use crate::metrics::{Metric, Metrics, Sink};
use crate::stopwatch::timed;
use report::Report;

/// The most bad messages of one invocation that are logged; all are counted.
const MOST_LOGGED: u32 = 20;

/// Feeds the messages of a server's log to a ledger, and logs and counts what they change.
pub struct Tracker<L> {
    ledger: L,
    methods: ServerMethods,
    metrics: Sink,
}

impl<L: Ledger> Tracker<L> {
    /// A tracker for `ledger`.
    pub fn new(ledger: L) -> Self {
        Self { ledger, methods: ServerMethods::default(), metrics: Sink::default() }
    }

    /// The same tracker for servers with these authentication methods. They decide whether the time
    /// of a login counts as that of a password or of a key.
    #[must_use]
    pub fn with_methods(self, methods: ServerMethods) -> Self {
        Self { methods, ..self }
    }

    /// The same tracker, with its metrics in `metrics` instead of on standard output.
    #[must_use]
    pub fn with_metrics(self, metrics: Sink) -> Self {
        Self { metrics, ..self }
    }

    /// Begins with the messages of one invocation.
    pub fn batch(&self, invocation: &Invocation) -> Batch<'_, L> {
        Batch {
            tracker: self,
            budget: invocation.budget(),
            metrics: Metrics::default(),
            bad: 0,
            not_applied: 0,
        }
    }
}

/// The messages of one invocation. Its metrics are written when it is dropped.
pub struct Batch<'a, L: Ledger> {
    tracker: &'a Tracker<L>,
    budget: Budget,
    metrics: Metrics,
    bad: u32,
    not_applied: u32,
}

/// A message that could not be applied for the time being. It has to be delivered again, and may
/// come together with others that have been applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not applied, to be delivered again: {0}")]
pub struct NotApplied(Why);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Why {
    #[error("there was no time to look at it before the deadline")]
    NoTime,
    #[error(transparent)]
    Ledger(LedgerError),
}

impl From<NotApplied> for crate::Failure {
    fn from(error: NotApplied) -> Self {
        Self::new(error)
    }
}

impl<L: Ledger> Batch<'_, L> {
    /// Takes one message. One that cannot be read, or that the store will never take, is counted and
    /// skipped.
    ///
    /// # Errors
    /// The store gave no answer, or the [deadline](Self::deadline) has passed. The message has to
    /// be delivered again. To go on with further messages is allowed, and rarely worth it.
    pub async fn message(&mut self, message: Result<LogEntry, LogError>) -> Result<(), NotApplied> {
        if Instant::now() >= self.budget.work {
            return Err(self.no_time());
        }
        match message {
            Ok(LogEntry::Session(event)) => self.event(&event).await,
            Ok(LogEntry::AuthFailure(failure)) => {
                self.metrics.count(Some(&failure.server), Metric::EventsAuthFailure, 1);
                Ok(())
            }
            Ok(LogEntry::Other) => {
                self.metrics.count(None, Metric::EventsOther, 1);
                Ok(())
            }
            Err(error) => {
                self.metrics.count(None, Metric::MessagesUnparsable, 1);
                if self.bad_one() {
                    warn!(%error, "a log message was skipped");
                }
                Ok(())
            }
        }
    }

    /// Notes that a payload, or the rest of one, can never be decoded. `problem` goes to the log.
    pub fn undecodable(&mut self, problem: impl Display) {
        self.metrics.count(None, Metric::PayloadsUndecodable, 1);
        if self.bad_one() {
            warn!(error = %problem, "a log payload was skipped");
        }
    }

    /// Notes that there was no time for a message, or for the rest of a payload, which has to be
    /// delivered again.
    #[must_use]
    pub fn no_time(&mut self) -> NotApplied {
        if self.bad_one() {
            warn!("there was no time for the rest, which has to be delivered again");
        }
        self.note_not_applied(None, Why::NoTime)
    }

    /// The time at which to stop looking for messages. The rest of the invocation is for answering.
    #[must_use]
    pub fn deadline(&self) -> std::time::Instant {
        self.budget.work.into_std()
    }

    /// The number of events that were not applied.
    #[must_use]
    pub fn not_applied(&self) -> u32 {
        self.not_applied
    }

    async fn event(&mut self, event: &SessionEvent) -> Result<(), NotApplied> {
        let server = Some(&event.server);
        self.metrics.count(server, report::kind(event), 1);
        match self.observe(event).await {
            Ok(observed) => {
                let report = Report { event, observed: &observed, phase: self.phase(event) };
                report.log();
                report.count(&mut self.metrics);
                Ok(())
            }
            Err(error) => {
                self.metrics.count(server, Metric::StoreFailures, 1);
                let again = error.is_retryable();
                if self.bad_one() {
                    let (server, session) = (event.server.as_str(), event.session.as_str());
                    warn!(server, session, %error, again, "an event was not applied");
                }
                if again {
                    return Err(self.note_not_applied(server, Why::Ledger(error)));
                }
                self.metrics.count(server, Metric::EventsSkipped, 1);
                Ok(())
            }
        }
    }

    async fn observe(&mut self, event: &SessionEvent) -> Result<Observation, LedgerError> {
        let observed = self.tracker.ledger.observe(event, clock::now());
        let spent = |time| self.metrics.time(Some(&event.server), Metric::StoreLatency, time);
        timeout_at(self.budget.work, timed(observed, spent))
            .await
            .unwrap_or_else(|_| Err(StoreError::Ambiguous("the deadline has passed".into()).into()))
    }

    /// The phase of the login that a session comes from, where the log tells. Where a key and a
    /// password are asked for, the login of the password takes the slot.
    fn phase(&self, event: &SessionEvent) -> Option<Phase> {
        let EventKind::Connected { phase, .. } = event.kind else { return None };
        match self.tracker.methods.of(&event.server) {
            AuthenticationMethods::PublicKeyAndPassword => Some(Phase::Password),
            _ => phase,
        }
    }

    fn note_not_applied(&mut self, server: Option<&ServerId>, why: Why) -> NotApplied {
        self.metrics.count(server, Metric::EventsNotApplied, 1);
        self.not_applied = self.not_applied.saturating_add(1);
        NotApplied(why)
    }

    /// Notes something bad. Returns true if it should be logged.
    fn bad_one(&mut self) -> bool {
        self.bad = self.bad.saturating_add(1);
        self.bad <= MOST_LOGGED
    }
}

impl<L: Ledger> Drop for Batch<'_, L> {
    fn drop(&mut self) {
        if self.bad > MOST_LOGGED {
            let others = self.bad - MOST_LOGGED;
            warn!(others, "others were skipped or not applied, and are not logged");
        }
        self.metrics.emit(clock::now(), &self.tracker.metrics);
    }
}
