//! What is logged and counted about a session event.

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{Effect, Observation};
use tracing::{info, warn};

use crate::metrics::{Metric, Metrics};

/// One line for an effect or damage, none for an event that changed nothing.
pub(super) fn log(event: &SessionEvent, observed: &Observation) {
    let effect = match observed.effect {
        Effect::Started => "started",
        Effect::Ended => "ended",
        Effect::UnknownUser if event.kind == EventKind::Ended => "ended before it was known",
        _ if observed.report.damaged => "damaged in the store",
        Effect::Renewed | Effect::Unchanged | Effect::UnknownUser => return,
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
    let effect = match observed.effect {
        Effect::Started => Some(Metric::SessionsStarted),
        Effect::Ended => Some(Metric::SessionsEnded),
        Effect::Renewed => Some(Metric::SessionsRenewed),
        Effect::UnknownUser => Some(Metric::EventsUnknownUser),
        Effect::Unchanged if event.kind == EventKind::Activity => None,
        Effect::Unchanged => Some(Metric::EventsDuplicate),
    };
    if let Some(effect) = effect {
        metrics.count(server, effect, 1);
    }
    let report = observed.report;
    metrics.count(server, Metric::SlotsLeaked, report.leaked.into());
    metrics.count(server, Metric::StoreValuesDamaged, report.damaged.into());
    metrics.value(server, Metric::StoreAttempts, report.attempts);
    if observed.effect == Effect::Started {
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
    let connected = observed.connected.filter(|_| observed.effect == Effect::Ended)?;
    u64::try_from(event.at.since(connected).as_millis()).ok()
}
