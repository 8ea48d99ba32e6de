//! The log line and the metrics of a session event.

use std::net::IpAddr;
use std::time::Duration;

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{Effect, Matched, Observation};
use session_limit_core::login::Phase;
use tracing::{info, warn};

use crate::metrics::{Metric, Metrics};
use crate::phase;

pub(super) struct Report<'a> {
    pub(super) event: &'a SessionEvent,
    pub(super) observed: &'a Observation,
    /// The phase of the login that a session comes from, where the log tells.
    pub(super) phase: Option<Phase>,
}

impl Report<'_> {
    /// One line for each start and end of a session, for one that counts without a start, and for
    /// damage; none for an event that was known already. It is a warning if there is anything that
    /// an operator should look into.
    pub(super) fn log(&self) {
        let Self { event, observed, .. } = self;
        let Some(effect) = self.effect() else { return };
        let report = observed.report;
        let unusual = report.overdraft > 0
            || report.damaged
            || report.leaked
            || observed.effect == Effect::NoRoom // more than any limit that fits
            || observed.matched == Some(Matched::OtherAddress);
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    server = event.server.as_str(),
                    session = event.session.as_str(),
                    user = observed.user.as_ref().map(|user| user.as_str()),
                    effect,
                    at = event.at.as_millis(),
                    phase = self.phase.map(phase::name),
                    source = self.source().map(tracing::field::display),
                    matched = observed.matched.map(matched),
                    login_time_ms = self.login_time().map(millis),
                    counted = observed.counted,
                    lasted_ms = self.lasted().map(millis),
                    attempts = report.attempts,
                    overdraft = (report.overdraft > 0).then_some(report.overdraft),
                    damaged = report.damaged.then_some(true),
                    leaked = report.leaked.then_some(true),
                    "session"
                )
            };
        }
        if unusual { line!(warn) } else { line!(info) }
    }

    pub(super) fn count(&self, metrics: &mut Metrics) {
        let Self { event, observed, .. } = self;
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
            Effect::Unchanged | Effect::NoRoom if event.kind == EventKind::Activity => &[],
            Effect::NoRoom => &[Metric::EventsSkipped],
            Effect::Unchanged => &[Metric::EventsDuplicate],
            _ => &[], // what a newer core may tell
        };
        for effect in effects {
            metrics.count(server, *effect, 1);
        }
        match observed.matched {
            Some(Matched::Nothing) => metrics.count(server, Metric::StartsWithoutReservation, 1),
            Some(Matched::OtherAddress) => metrics.count(server, Metric::AddressMismatches, 1),
            Some(Matched::Reservation { .. } | Matched::OnlyLooked) | None => {}
        }
        if let (Some(time), Some(phase)) = (self.login_time(), self.phase) {
            metrics.time(server, metric_of(phase), time);
        }
        let report = observed.report;
        metrics.count(server, Metric::SlotsLeaked, report.leaked.into());
        metrics.count(server, Metric::StoreValuesDamaged, report.damaged.into());
        metrics.value(server, Metric::StoreAttempts, report.attempts);
        if matches!(observed.effect, Effect::Started | Effect::Adopted | Effect::NoRoom) {
            metrics.value(server, Metric::Overdraft, report.overdraft);
        }
    }

    /// The effect of the event, in words; `None` if it is not worth a line.
    fn effect(&self) -> Option<&'static str> {
        Some(match (self.observed.effect, self.event.kind) {
            (Effect::Started, _) => "started",
            (Effect::Ended, _) => "ended",
            (Effect::StartedAndEnded, _) => "started, had ended before",
            (Effect::Adopted, _) => "counted since it is active",
            (Effect::Unknown, EventKind::Ended) => "ended before it was known",
            (Effect::TooLate, EventKind::Connected { .. }) => "started too long ago to count",
            (Effect::TooLate, EventKind::Ended) => "ended when it did not count any more",
            (Effect::NoRoom, EventKind::Connected { .. }) => {
                "not counted, the user's table is full"
            }
            _ if self.observed.report.damaged => "damaged in the store",
            _ => return None,
        })
    }

    /// The address that a starting session comes from.
    fn source(&self) -> Option<IpAddr> {
        match self.event.kind {
            EventKind::Connected { source, .. } => source,
            _ => None,
        }
    }

    /// The time from the login to the start, where it is certain.
    fn login_time(&self) -> Option<Duration> {
        match self.observed.matched {
            Some(Matched::Reservation { waited }) => waited,
            _ => None,
        }
    }

    fn lasted(&self) -> Option<Duration> {
        let Self { event, observed, .. } = self;
        let is_end = (observed.effect, event.kind) == (Effect::Ended, EventKind::Ended);
        observed.connected.filter(|_| is_end).map(|connected| event.at.since(connected))
    }
}

pub(super) fn kind(event: &SessionEvent) -> Metric {
    match event.kind {
        EventKind::Connected { .. } => Metric::EventsConnected,
        EventKind::Ended => Metric::EventsEnded,
        EventKind::Activity => Metric::EventsActivity,
        _ => Metric::EventsOther,
    }
}

const fn matched(matched: Matched) -> &'static str {
    match matched {
        Matched::Reservation { .. } => "reservation",
        Matched::Nothing => "nothing",
        Matched::OtherAddress => "other_address",
        Matched::OnlyLooked => "only_looked",
    }
}

const fn metric_of(phase: Phase) -> Metric {
    match phase {
        Phase::Password => Metric::LoginTime,
        Phase::Key => Metric::KeyLoginTime,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
