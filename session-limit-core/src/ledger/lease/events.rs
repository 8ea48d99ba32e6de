//! Session events of the lease ledger: the session record first, then the table.

use super::class::Class;
use super::operation::{Connected, Operation};
use super::read_modify_write::ReadModifyWrite;
use super::table::Table;
use super::{Attempts, LeaseLedger, Loaded, Updated};
use crate::address::Address;
use crate::event::{EventKind, SessionEvent};
use crate::ledger::record::{self, Found, SessionRecord};
use crate::ledger::{Effect, KeyScope, Observation};
use crate::login::Phase;
use crate::methods::AuthenticationMethods;
use crate::names::UserName;
use crate::store::{Key, StoreError, TableStore, Write};
use crate::time::Timestamp;

impl<S: TableStore> LeaseLedger<S> {
    pub(super) async fn observe_event(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, StoreError> {
        // A wrong clock must not make anything last.
        let at = event.at.min(now.after(self.rules.times.skew()));
        let key = Key::session(&event.server, &event.session);
        let mut step = Step { ledger: self, event, at, key, now, damaged: false };
        let mut observed = match event.kind {
            EventKind::Connected { source, phase } => {
                let Some(user) = &event.user else { return Ok(unknown()) };
                let start = self.start(event, at, source.map(Address::of), phase);
                step.connected(user, start).await?
            }
            EventKind::Ended => step.ended().await?,
            EventKind::Activity => step.activity().await?,
        };
        observed.report.damaged |= step.damaged;
        Ok(observed)
    }

    /// The start of a session, with the classes of the reservations that it may have come from.
    fn start(
        &self,
        event: &SessionEvent,
        at: Timestamp,
        source: Option<Address>,
        phase: Option<Phase>,
    ) -> Connected {
        let of = |phase| Class::of(self.settings.reservation_class, phase, source);
        let asks_twice =
            self.settings.methods.of(&event.server) == AuthenticationMethods::PublicKeyAndPassword;
        let (class, otherwise) = match phase {
            Some(Phase::Key) if !asks_twice => (of(Phase::Key), None),
            // Where both are asked for, the password's login takes the slot.
            Some(Phase::Key | Phase::Password) => (of(Phase::Password), None),
            // The old log names no phase. Where both are asked for, nobody reserves by key, so that
            // nothing is left to find in the second class.
            None => (of(Phase::Password), of(Phase::Key)),
        };
        let may_only_look = self.may_only_look(event, phase);
        Connected { session: event.session.clone(), at, class, otherwise, may_only_look, source }
    }

    /// True if the login of a session that was let in like this may have taken no slot.
    fn may_only_look(&self, event: &SessionEvent, phase: Option<Phase>) -> bool {
        let methods = self.settings.methods.of(&event.server);
        phase != Some(Phase::Password)
            && methods != AuthenticationMethods::PublicKeyAndPassword
            && !self.settings.key_phase.takes_slot(methods, Phase::Key, true)
    }
}

/// One event on its way into the store.
struct Step<'a, S: TableStore> {
    ledger: &'a LeaseLedger<S>,
    event: &'a SessionEvent,
    at: Timestamp,
    /// The key of the session record.
    key: Key,
    now: Timestamp,
    /// The session record was damaged.
    damaged: bool,
}

impl<S: TableStore> Step<'_, S> {
    async fn connected(
        &mut self,
        user: &UserName,
        start: Connected,
    ) -> Result<Observation, StoreError> {
        let mut attempts = Attempts::default();
        let record = SessionRecord::connected(user.clone(), self.at);
        attempts.is_done(self.add(&record).await)?;
        loop {
            let (table, found) = self.load_table_then_record(user).await?;
            let operation = match &found {
                Some(Found { record: Some(SessionRecord::Ended { user: known, at }), version }) => {
                    if known.is_none() {
                        attempts.start()?;
                        let completed = SessionRecord::Ended { user: Some(user.clone()), at: *at };
                        if !attempts.is_done(self.replace(version, &completed).await)? {
                            continue;
                        }
                    }
                    Operation::ConnectedAndEnded { start: start.clone(), ended: *at }
                }
                Some(Found { record: Some(SessionRecord::Connected { .. }), .. }) => {
                    Operation::Connected(start.clone())
                }
                Some(Found { record: None, version }) => {
                    self.damaged = true;
                    attempts.start()?;
                    attempts.is_done(self.replace(version, &record).await)?;
                    continue;
                }
                None => {
                    attempts.start()?;
                    attempts.is_done(self.add(&record).await)?;
                    continue;
                }
            };
            if let Some(updated) = self.try_change(user, table, &operation, &mut attempts).await? {
                return Ok(self.observation(user.clone(), &updated));
            }
        }
    }

    async fn ended(&mut self) -> Result<Observation, StoreError> {
        let at = self.at;
        let mut attempts = Attempts::default();
        let mut before = None;
        let user = loop {
            attempts.start()?;
            let found = record::load(&self.ledger.store, &self.key, self.now).await?;
            before.get_or_insert_with(|| self.end_without_session(found.as_ref()));
            let (known, written) = match found {
                None => {
                    let user = self.event.user.clone();
                    let record = SessionRecord::Ended { user: user.clone(), at };
                    (user, self.add(&record).await)
                }
                Some(Found { record: Some(SessionRecord::Ended { user, .. }), .. })
                    if user.is_some() || self.event.user.is_none() =>
                {
                    (user, Ok(Write::Done)) // a duplicate, or a retry after a crash
                }
                Some(Found { record, version }) => {
                    self.damaged |= record.is_none();
                    let user = match record {
                        Some(SessionRecord::Connected { user, .. }) => Some(user),
                        _ => self.event.user.clone(),
                    };
                    let record = SessionRecord::Ended { user: user.clone(), at };
                    (user, self.replace(&version, &record).await)
                }
            };
            if attempts.is_done(written)? {
                break known;
            }
        };
        let mut observed = match user {
            Some(user) => self.end(user, at).await?,
            None => Observation::new(Effect::Unchanged),
        };
        if observed.effect == Effect::Unchanged {
            observed.effect = before.unwrap_or(Effect::Unchanged);
        }
        Ok(observed)
    }

    /// Ends the session in the user's table.
    async fn end(&self, user: UserName, at: Timestamp) -> Result<Observation, StoreError> {
        let operation = Operation::Ended { session: self.event.session.clone(), at };
        let table = Key::table(&self.event.server, &user);
        let updated = self.ledger.update(&table, &operation, self.now).await?;
        Ok(self.observation(user, &updated))
    }

    /// Renews the table before the record, whose mark says that the table has been renewed. So a
    /// retry after a crash between the two renews again.
    async fn activity(&mut self) -> Result<Observation, StoreError> {
        let user = match self.user_to_renew().await? {
            None => return Ok(unknown()),
            Some(Renewal::Due(user)) => user,
            Some(Renewal::NotDue(user)) => return Ok(unchanged(user)),
            // An activity that came before may have crashed before it saw the end.
            Some(Renewal::Ended(user, at)) => return self.end(user, at).await,
        };
        let operation = Operation::Activity { session: self.event.session.clone(), at: self.at };
        let mut attempts = Attempts::default();
        loop {
            let (table, found) = self.load_table_then_record(&user).await?;
            let Some(Found { record: Some(SessionRecord::Connected { at, .. }), version }) = found
            else {
                return Ok(unchanged(user)); // it has ended, or is forgotten
            };
            if let Some(updated) = self.try_change(&user, table, &operation, &mut attempts).await? {
                // The mark never says more than the table: what the table has not been renewed by
                // is still due.
                if let Some(renewed) = self.renewed(&updated.table) {
                    let record = SessionRecord::Connected { user: user.clone(), at, renewed };
                    // A conflict is another renewal, or the end: either is as good.
                    attempts.is_done(self.replace(&version, &record).await)?;
                }
                return Ok(self.observation(user, &updated));
            }
        }
    }

    /// The time from which the session's lease in `table` runs.
    fn renewed(&self, table: &Table) -> Option<Timestamp> {
        let session = table.sessions().iter().find(|session| session.id == self.event.session)?;
        Some(session.expires.before(self.ledger.rules.times.session_ttl()))
    }

    /// The user of the session, and whether its lease has aged enough to be renewed.
    async fn user_to_renew(&mut self) -> Result<Option<Renewal>, StoreError> {
        let damaged = match record::load(&self.ledger.store, &self.key, self.now).await? {
            Some(Found { record: Some(record), .. }) => return Ok(self.renewal_of(record)),
            Some(Found { record: None, version }) => Some(version),
            None => None,
        };
        self.damaged |= damaged.is_some();
        let Some(user) = self.event.user.clone() else { return Ok(None) };
        // Not renewed yet: should this handler crash, its retry has to go on.
        let record =
            SessionRecord::Connected { user: user.clone(), at: self.at, renewed: Timestamp::EPOCH };
        let written = match &damaged {
            Some(version) => self.replace(version, &record).await?,
            None => self.add(&record).await?,
        };
        Ok(Some(match written {
            Write::Done => Renewal::Due(user),
            Write::Conflict => Renewal::NotDue(user), // its start or end came just now
        }))
    }

    fn renewal_of(&self, record: SessionRecord) -> Option<Renewal> {
        match record {
            SessionRecord::Connected { user, renewed, .. } => {
                let due = self.ledger.rules.times.renewal_of(self.at) > renewed;
                Some(if due { Renewal::Due(user) } else { Renewal::NotDue(user) })
            }
            SessionRecord::Ended { user, at } => user.map(|user| Renewal::Ended(user, at)),
        }
    }

    /// Loads the user's table and then this session's record, in this order. If an end has changed
    /// the table before it was read, the record read after it tells of the end. If an end changes
    /// the table later, the swap fails.
    async fn load_table_then_record(
        &self,
        user: &UserName,
    ) -> Result<(Loaded<S::Version>, Option<Found<S::Version>>), StoreError> {
        let keys = [Key::table(&self.event.server, user), self.key.clone()];
        let mut items = self.ledger.store.load(&keys, self.now).await?.into_iter();
        let table = self.ledger.loaded(items.next().flatten(), self.now)?;
        Ok((table, record::found(items.next().flatten())?))
    }

    /// Applies an operation to a table that was loaded before the record.
    ///
    /// A table that was not there may be one that an end has written since and that has expired,
    /// and no version tells. So whoever creates one looks at the record once more.
    async fn try_change(
        &self,
        user: &UserName,
        table: Loaded<S::Version>,
        operation: &Operation,
        attempts: &mut Attempts,
    ) -> Result<Option<Updated>, StoreError> {
        let key = Key::table(&self.event.server, user);
        let is_new = table.version.is_none();
        // The record has to be read after the table each time, so what a failed swap finds is of no
        // use.
        let mut item = ReadModifyWrite::new(&self.ledger.store, &key, self.now);
        let updated = self.ledger.try_change(&mut item, table, operation, attempts).await?;
        let lets_live = matches!(operation, Operation::Connected(_) | Operation::Activity { .. });
        let Some(updated) = updated else { return Ok(None) };
        if !(is_new && lets_live && updated.outcome.write) {
            return Ok(Some(updated));
        }
        let found = record::load(&self.ledger.store, &self.key, self.now).await?;
        let Some(Found { record: Some(SessionRecord::Ended { at, .. }), .. }) = found else {
            return Ok(Some(updated));
        };
        let end = Operation::Ended { session: self.event.session.clone(), at };
        let ended = self.ledger.update(&key, &end, self.now).await?;
        Ok(Some(Updated { outcome: updated.outcome.then(ended.outcome), ..ended }))
    }

    /// The effect of an end that ends nothing in the user's table, by the record as it was found
    /// before.
    fn end_without_session(&self, found: Option<&Found<S::Version>>) -> Effect {
        match found.and_then(|found| found.record.as_ref()) {
            Some(SessionRecord::Connected { at, renewed, .. })
                if (*at.max(renewed)).after(self.ledger.rules.times.session_ttl()) <= self.now =>
            {
                Effect::TooLate
            }
            // The start has not reached the table, or the table is lost.
            None | Some(SessionRecord::Connected { .. }) => Effect::Unknown,
            Some(SessionRecord::Ended { .. }) => Effect::Unchanged,
        }
    }

    fn observation(&self, user: UserName, updated: &Updated) -> Observation {
        Observation {
            effect: updated.outcome.effect,
            user: Some(user),
            counted: Some(updated.table.counted(None, KeyScope::Everybody, self.now)),
            connected: updated.outcome.since,
            matched: updated.outcome.matched,
            report: updated.report(None),
        }
    }

    async fn add(&self, record: &SessionRecord) -> Result<Write, StoreError> {
        let ttl = self.ledger.rules.times.session_ttl();
        record::add(&self.ledger.store, &self.key, record, ttl, self.now).await
    }

    async fn replace(
        &self,
        version: &S::Version,
        record: &SessionRecord,
    ) -> Result<Write, StoreError> {
        let ttl = SessionRecord::ttl(self.ledger.rules.times.session_ttl());
        self.ledger.store.replace(&self.key, version, &record.encode(), ttl, self.now).await
    }
}

enum Renewal {
    Due(UserName),
    NotDue(UserName),
    /// There is nothing left to renew.
    Ended(UserName, Timestamp),
}

fn unchanged(user: UserName) -> Observation {
    Observation { user: Some(user), ..Observation::new(Effect::Unchanged) }
}

fn unknown() -> Observation {
    Observation::new(Effect::Unknown)
}
