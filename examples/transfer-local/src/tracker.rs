//! The session tracker: reads the server's log and keeps the ledger up to date, as the tracker
//! Lambda does.

mod live_sessions;

use std::sync::{Arc, Mutex, PoisonError};

use session_limit_core::event::{EventKind, LogEntry, LogOrigin, SessionEvent};
use session_limit_core::ledger::{Effect, Ledger, Matched, Observation};
use session_limit_core::login::Phase;
use session_limit_core::names::UserName;
use session_limit_core::time::Timestamp;

use crate::clock;
use crate::decisions::Decisions;
use crate::log::LogRecord;
use crate::pipeline::{LogReader, Redeliver};
use live_sessions::LiveSessions;

/// Feeds log messages to a ledger.
pub struct Tracker<L> {
    ledger: L,
    decisions: Arc<Decisions>,
    /// The sessions that have not ended. The ledger forgets those that have been silent for long,
    /// but their ends are told all the same.
    live: Mutex<LiveSessions>,
}

impl<L: Ledger> Tracker<L> {
    /// A tracker for `ledger`.
    #[must_use]
    pub fn new(ledger: L, decisions: Arc<Decisions>) -> Self {
        let live = Mutex::new(LiveSessions::new(live_sessions::MOST));
        Self { ledger, decisions, live }
    }

    fn report(&self, event: &SessionEvent, observed: &Observation) {
        let known = self.note_session(event, observed);
        if let (Some((user, since)), true) = (known, observed.effect != Effect::Ended) {
            self.decisions.ended(&user, None, Some(event.at.since(since)));
        }
        if observed.report.damaged {
            let session = &event.session;
            self.decisions
                .note(&format_args!("what the store kept of session {session} was damaged"));
        }
        let Some(user) = &observed.user else { return };
        match (observed.effect, event.kind) {
            (Effect::Started, EventKind::Connected { phase: Some(Phase::Key), .. }) => {
                self.decisions.connected(user, observed.counted);
            }
            (Effect::Ended, _) => {
                let lasted = observed.connected.map(|connected| event.at.since(connected));
                self.decisions.ended(user, observed.counted, lasted);
            }
            (Effect::StartedAndEnded, _) => self.decisions.ended(user, observed.counted, None),
            _ => {}
        }
        if let (Some(Matched::OtherAddress), EventKind::Connected { source, .. }) =
            (observed.matched, event.kind)
        {
            self.decisions.address_mismatch(user, source);
        }
        if observed.report.overdraft > 0 && observed.effect == Effect::Started {
            self.decisions.over_limit(user, observed.report.overdraft);
        }
    }

    /// Remembers a session that starts; returns one that ends, the first time that it does.
    fn note_session(
        &self,
        event: &SessionEvent,
        observed: &Observation,
    ) -> Option<(UserName, Timestamp)> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        match (event.kind, &observed.user) {
            (EventKind::Connected { .. }, Some(user)) if observed.effect == Effect::Started => {
                live.start(&event.session, user, event.at);
                None
            }
            (EventKind::Ended, _) => live.end(&event.session),
            _ => None,
        }
    }
}

impl<L: Ledger + 'static> LogReader for Tracker<L> {
    async fn read(&self, record: &LogRecord) -> Result<(), Redeliver> {
        let origin = LogOrigin { log_group: &record.group, log_stream: &record.stream };
        let event = match LogEntry::parse(&record.message, record.at, origin) {
            Ok(LogEntry::Session(event)) => event,
            Ok(_) => return Ok(()),
            Err(error) => {
                self.decisions.note(&format_args!("skipped a log message: {error}"));
                return Ok(());
            }
        };
        match self.ledger.observe(&event, clock::now()).await {
            Ok(observed) => {
                self.report(&event, &observed);
                Ok(())
            }
            Err(error) if error.is_retryable() => Err(Redeliver::because(error)),
            Err(error) => {
                self.decisions.note(&format_args!("skipped a session event: {error}"));
                Ok(())
            }
        }
    }
}
