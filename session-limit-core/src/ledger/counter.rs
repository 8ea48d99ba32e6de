//! The counter ledger: one number per user, incremented at login and decremented at the end of a
//! session. Increment, compare, roll back.

use std::time::Duration;

use thiserror::Error;

use super::record::{self, SessionRecord};
use super::{
    Admission, AdmissionRequest, Admitted, Effect, KeyPhase, Ledger, LedgerError, Observation,
    Report, Verdict,
};
use crate::event::{EventKind, SessionEvent};
use crate::methods::ServerMethods;
use crate::names::{ServerId, SessionId, UserName};
use crate::store::{CounterStore, Key, LONGEST_TTL, StoreError, Write};
use crate::time::Timestamp;

/// The settings of a [`CounterLedger`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CounterSettings {
    /// The time for which a counter lives after its latest login or activity: more than zero, and
    /// at most [`LONGEST_TTL`].
    pub ttl: Duration,
    /// The setting for key logins: anything but [`KeyPhase::Check`]. A counter makes no difference
    /// between the others.
    pub key_phase: KeyPhase,
    /// The authentication methods of each server.
    pub methods: ServerMethods,
}

impl CounterSettings {
    /// Counters that live for `ttl`, and otherwise the defaults.
    #[must_use]
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, key_phase: KeyPhase::default(), methods: ServerMethods::default() }
    }

    /// The same with another [`key_phase`](Self::key_phase).
    #[must_use]
    pub fn with_key_phase(self, key_phase: KeyPhase) -> Self {
        Self { key_phase, ..self }
    }

    /// The same with other [`methods`](Self::methods).
    #[must_use]
    pub fn with_methods(self, methods: ServerMethods) -> Self {
        Self { methods, ..self }
    }
}

/// The reason why a [`CounterLedger`] cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CounterSettingsError {
    /// The settings ask for [`KeyPhase::Check`]. A counter decrements at the end of every session,
    /// so every login has to increment.
    #[error("the counter ledger cannot merely check key logins; choose auto or strict")]
    KeyPhaseCheck,
    /// A counter would live for no time, and count nothing.
    #[error("a counter must live for longer than 0 s")]
    Zero,
    /// A counter would live for longer than [`LONGEST_TTL`]. Stores take longer times for dates.
    #[error("a counter must live for at most 30 days")]
    TooLong,
}

/// Admits logins and observes session events by counting, for stores without compare-and-swap.
///
/// Each user has one number. A login increments it, is refused above the limit, and then takes its
/// increment back. The end of a session decrements it. So a session counts from its login on or not
/// at all.
///
/// It admits nobody above the limit while the store loses nothing and nothing expires. But **it does
/// not heal**: a login that never becomes a session keeps its slot until the whole counter expires.
/// Every other login and every activity puts that off. While a refused login is being rolled back,
/// another may be refused that would have fitted.
#[derive(Debug)]
pub struct CounterLedger<S> {
    store: S,
    settings: CounterSettings,
}

impl<S: CounterStore> CounterLedger<S> {
    /// A ledger that keeps its counters in `store`.
    ///
    /// # Errors
    /// The settings ask for [`KeyPhase::Check`], or a counter would live for no time or for longer
    /// than [`LONGEST_TTL`].
    pub fn new(store: S, settings: CounterSettings) -> Result<Self, CounterSettingsError> {
        if settings.key_phase == KeyPhase::Check {
            return Err(CounterSettingsError::KeyPhaseCheck);
        }
        if settings.ttl.is_zero() {
            return Err(CounterSettingsError::Zero);
        }
        if settings.ttl > LONGEST_TTL {
            return Err(CounterSettingsError::TooLong);
        }
        Ok(Self { store, settings })
    }

    /// The number that counts against a user, or `None` if nothing is known of the user.
    ///
    /// # Errors
    /// The store gave no answer, or holds no number there.
    pub async fn count(
        &self,
        server: &ServerId,
        user: &UserName,
        now: Timestamp,
    ) -> Result<Option<u64>, LedgerError> {
        Ok(self.store.count(&Key::counter(server, user), now).await?)
    }

    /// The user of a session, where that is known.
    ///
    /// # Errors
    /// The store gave no answer, or holds a damaged record of the session.
    pub async fn user_of(
        &self,
        server: &ServerId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<Option<UserName>, LedgerError> {
        let record = self.record(&Key::session(server, session), now).await?;
        Ok(record.and_then(SessionRecord::into_user))
    }

    fn takes_slot(&self, request: &AdmissionRequest) -> bool {
        let methods = self.settings.methods.of(&request.server);
        KeyPhase::Strict.takes_slot(methods, request.phase, request.has_password)
    }

    /// Decrements, and reports a slot that was not confirmed to be given back. It is never tried
    /// again. Once too few costs a slot until the counter expires. Once too many admits one login
    /// over the limit.
    async fn give_back(&self, key: &Key, now: Timestamp) -> (Option<u64>, Report) {
        match self.store.decrement(key, now).await {
            Ok(value) => (value, report(false)),
            Err(_) => (None, report(true)),
        }
    }

    /// Counts the end of a session, once: of all who try, the one that adds the mark decrements.
    async fn end_once(
        &self,
        event: &SessionEvent,
        user: UserName,
        connected: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Observation, StoreError> {
        let mark = Key::ended(&event.server, &event.session);
        let ttl = self.mark_ttl();
        if self.store.add(&mark, b"1", ttl, now).await? == Write::Conflict {
            return Ok(observation(Effect::Unchanged, Some(user)));
        }
        let (value, report) = self.give_back(&Key::counter(&event.server, &user), now).await;
        let counted = value.map(saturate);
        Ok(Observation { counted, connected, report, ..observation(Effect::Ended, Some(user)) })
    }

    async fn connected(
        &self,
        event: &SessionEvent,
        user: &UserName,
        now: Timestamp,
    ) -> Result<Observation, StoreError> {
        let key = Key::session(&event.server, &event.session);
        let record = SessionRecord::connected(user.clone(), event.at);
        if record::add(&self.store, &key, &record, self.settings.ttl, now).await? == Write::Done {
            let counted = self.store.count(&Key::counter(&event.server, user), now).await?;
            let counted = counted.map(saturate);
            let started = observation(Effect::Started, Some(user.clone()));
            return Ok(Observation { counted, connected: Some(event.at), ..started });
        }
        match self.record(&key, now).await? {
            Some(SessionRecord::Ended { .. }) => {
                let ended = self.end_once(event, user.clone(), Some(event.at), now).await?;
                Ok(match ended.effect {
                    Effect::Ended => Observation { effect: Effect::StartedAndEnded, ..ended },
                    _ => ended,
                })
            }
            _ => Ok(observation(Effect::Unchanged, Some(user.clone()))),
        }
    }

    async fn ended(&self, event: &SessionEvent, now: Timestamp) -> Result<Observation, StoreError> {
        let key = Key::session(&event.server, &event.session);
        let ended = SessionRecord::Ended { user: event.user.clone(), at: event.at };
        // Whoever adds its record first is seen by the other.
        let added = record::add(&self.store, &key, &ended, self.settings.ttl, now).await?;
        let (user, since) = match added {
            Write::Done => (event.user.clone(), None),
            Write::Conflict => match self.record(&key, now).await? {
                Some(SessionRecord::Connected { user, at, .. }) => (Some(user), Some(at)),
                Some(SessionRecord::Ended { user, .. }) => (user.or(event.user.clone()), None),
                None => (event.user.clone(), None), // it expired just now
            },
        };
        match user {
            Some(user) => self.end_once(event, user, since, now).await,
            None => Ok(observation(Effect::Unknown, None)),
        }
    }

    /// Keeps the counter and the record of a session alive. It also keeps the mark of a session
    /// that was counted as ended while it went on, since its real end must not count again.
    async fn activity(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, StoreError> {
        let key = Key::session(&event.server, &event.session);
        let user = match (self.record(&key, now).await?, &event.user) {
            (Some(SessionRecord::Connected { user, .. }), _) => user,
            (Some(SessionRecord::Ended { user, .. }), _) => {
                return Ok(observation(Effect::Unchanged, user));
            }
            (None, None) => return Ok(observation(Effect::Unknown, None)),
            (None, Some(user)) => {
                let record = SessionRecord::connected(user.clone(), event.at);
                record::add(&self.store, &key, &record, self.settings.ttl, now).await?;
                user.clone()
            }
        };
        let counter = Key::counter(&event.server, &user);
        self.store.touch(&[counter], self.settings.ttl, now).await?;
        self.store.touch(&[key], SessionRecord::ttl(self.settings.ttl), now).await?;
        let mark = Key::ended(&event.server, &event.session);
        self.store.touch(&[mark], self.mark_ttl(), now).await?;
        Ok(observation(Effect::Renewed, Some(user)))
    }

    /// The time for which a mark lives. It outlives the record, or a late duplicate would count
    /// again.
    fn mark_ttl(&self) -> Duration {
        SessionRecord::ttl(self.settings.ttl).saturating_mul(2).min(LONGEST_TTL)
    }

    async fn record(&self, key: &Key, now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        match record::load(&self.store, key, now).await? {
            None => Ok(None),
            Some(found) => match found.record {
                Some(record) => Ok(Some(record)),
                // Nothing here can replace it, and nobody is admitted by waiting for it to expire.
                None => Err(StoreError::Corrupt(format!("{key} is not a session record"))),
            },
        }
    }
}

impl<S: CounterStore> Ledger for CounterLedger<S> {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        let limit = u64::from(request.limit.get());
        let key = Key::counter(&request.server, &request.user);
        if limit == 0 || !self.takes_slot(request) {
            let counted = self.store.count(&key, now).await?.unwrap_or(0);
            return Ok(admission(counted < limit, counted, report(false)));
        }
        let counted = self.store.increment(&key, self.settings.ttl, now).await?;
        if counted <= limit {
            return Ok(admission(true, counted, report(false)));
        }
        let (_, report) = self.give_back(&key, now).await;
        Ok(admission(false, counted.saturating_sub(1), report))
    }

    /// Gives back only what is known to have been taken. A number does not tell whose logins it
    /// counts, and one decrement too many admits one login over the limit.
    async fn roll_back(
        &self,
        request: &AdmissionRequest,
        admitted: Admitted,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        if !self.takes_slot(request) {
            return Ok(());
        }
        match admitted {
            Admitted::Yes => {
                self.store.decrement(&Key::counter(&request.server, &request.user), now).await?;
                Ok(())
            }
            Admitted::Unknown => {
                let doubt = "the counter cannot tell whether the login was counted";
                Err(StoreError::Ambiguous(doubt.into()).into())
            }
        }
    }

    async fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, LedgerError> {
        Ok(match (event.kind, &event.user) {
            (EventKind::Connected { .. }, Some(user)) => self.connected(event, user, now).await?,
            (EventKind::Connected { .. }, None) => observation(Effect::Unknown, None),
            (EventKind::Ended, _) => self.ended(event, now).await?,
            (EventKind::Activity, _) => self.activity(event, now).await?,
        })
    }
}

fn admission(admitted: bool, counted: u64, report: Report) -> Admission {
    let verdict = if admitted { Verdict::Admitted } else { Verdict::Refused };
    Admission { verdict, counted: saturate(counted), report }
}

fn observation(effect: Effect, user: Option<UserName>) -> Observation {
    Observation { user, ..Observation::new(effect) }
}

fn report(leaked: bool) -> Report {
    Report { attempts: 1, leaked, ..Report::default() }
}

fn saturate(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;

    #[test]
    fn senseless_settings_are_refused() {
        let refused = |ttl, key_phase| {
            let settings = CounterSettings { ttl, key_phase, methods: ServerMethods::default() };
            CounterLedger::new(MemoryStore::default(), settings).err()
        };
        let longer = LONGEST_TTL.saturating_add(Duration::from_nanos(1));
        assert_eq!(
            refused(LONGEST_TTL, KeyPhase::Check),
            Some(CounterSettingsError::KeyPhaseCheck)
        );
        assert_eq!(refused(Duration::ZERO, KeyPhase::Auto), Some(CounterSettingsError::Zero));
        assert_eq!(refused(longer, KeyPhase::Auto), Some(CounterSettingsError::TooLong));
        assert_eq!(refused(LONGEST_TTL, KeyPhase::Strict), None);
    }
}
