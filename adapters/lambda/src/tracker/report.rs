//! What is logged and counted about a session event.

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{Effect, Observation};
use tracing::{info, warn};

use crate::metrics::{Metric, Metrics};

/// One line for each start and end of a session, for one that counts without a start, and for
/// damage; none for an event that was known already.
pub(super) fn log(event: &SessionEvent, observed: &Observation) {
    let effect = match (observed.effect, event.kind) {
        (Effect::Started, _) => "started",
        (Effect::Ended, _) => "ended",
        (Effect::StartedAndEnded, _) => "started, had ended before",
        (Effect::Adopted, _) => "counted since it is active",
        (Effect::Unknown, EventKind::Ended) => "ended before it was known",
        (Effect::TooLate, EventKind::Connected { .. }) => "started too long ago to count",
        (Effect::TooLate, EventKind::Ended) => "ended when it did not count any more",
        _ if observed.report.damaged => "damaged in the store",
        (Effect::Renewed | Effect::Unchanged | Effect::Unknown | Effect::TooLate, _) => return,
    };
    let report = observed.report;
    macro_rules! line {
        ($level:ident) => {
            $level!(
                server = event.server.as_str(),
                session = event.session.as_str(),
                user = observed.user.as_ref().map(|user| user.as_str()),
                effect,
                at = event.at.as_millis(),
                counted = observed.counted,
                lasted_ms = lasted(event, observed),
                attempts = report.attempts,
                overdraft = (report.overdraft > 0).then_some(report.overdraft),
                damaged = report.damaged.then_some(true),
                leaked = report.leaked.then_some(true),
                "session"
            )
        };
    }
    if report.overdraft > 0 || report.damaged || report.leaked { line!(warn) } else { line!(info) }
}

pub(super) fn count(event: &SessionEvent, observed: &Observation, metrics: &mut Metrics) {
    let server = Some(&event.server);
    let effects: &[Metric] = match observed.effect {
        Effect::Started => &[Metric::SessionsStarted],
        Effect::Ended => &[Metric::SessionsEnded],
        Effect::StartedAndEnded => {
            &[Metric::EventsReordered, Metric::SessionsStarted, Metric::SessionsEnded]
        }
        Effect::Adopted | Effect::Renewed => &[Metric::SessionsRenewed],
        Effect::TooLate => &[Metric::EventsTooLate],
        Effect::Unknown => &[Metric::EventsUnknownSession],
        Effect::Unchanged if event.kind == EventKind::Activity => &[],
        Effect::Unchanged => &[Metric::EventsDuplicate],
    };
    for effect in effects {
        metrics.count(server, *effect, 1);
    }
    let report = observed.report;
    metrics.count(server, Metric::SlotsLeaked, report.leaked.into());
    metrics.count(server, Metric::StoreValuesDamaged, report.damaged.into());
    metrics.value(server, Metric::StoreAttempts, report.attempts);
    if matches!(observed.effect, Effect::Started | Effect::Adopted) {
        metrics.value(server, Metric::Overdraft, report.overdraft);
    }
}

pub(super) fn kind(event: &SessionEvent) -> Metric {
    match event.kind {
        EventKind::Connected { .. } => Metric::EventsConnected,
        EventKind::Ended => Metric::EventsEnded,
        EventKind::Activity => Metric::EventsActivity,
    }
}

fn lasted(event: &SessionEvent, observed: &Observation) -> Option<u64> {
    let is_end = (observed.effect, event.kind) == (Effect::Ended, EventKind::Ended);
    let connected = observed.connected.filter(|_| is_end)?;
    u64::try_from(event.at.since(connected).as_millis()).ok()
}
