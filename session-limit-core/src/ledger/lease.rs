//! The lease ledger: every login that takes a slot holds a lease of its own, which its session takes
//! over. A lease expires by itself if nothing is heard of it.
//!
//! All leases of one user of a server stand in one [`Table`], changed only by compare-and-swap. A pure function,
//! the transition, says what an operation makes of a table. The ledger loads, applies and swaps until
//! no other change came in between. A second item, the session record, names the user of a session.

mod capacity;
#[cfg_attr(
    not(any(test, feature = "state-machine")),
    expect(unreachable_pub, reason = "see `state_machine`")
)]
mod class;
mod entries;
mod entry;
mod events;
mod format;
#[cfg_attr(
    not(any(test, feature = "state-machine")),
    expect(unreachable_pub, reason = "see `state_machine`")
)]
mod matching;
#[cfg_attr(
    not(any(test, feature = "state-machine")),
    expect(unreachable_pub, reason = "see `state_machine`")
)]
mod operation;
mod pairs;
mod read_modify_write;
mod rows;
mod settings;
#[cfg(any(test, feature = "state-machine"))]
pub mod state_machine;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod transition;

pub use capacity::Capacity;
pub use entries::Entries;
pub use entry::{Reservation, Session, Tombstone};
pub use settings::LeaseSettings;
pub use table::Table;
pub use times::{LeaseTimes, LeaseTimesError};

use std::time::Duration;

use operation::{Claim, Operation, Outcome, Rules, Slot};
use read_modify_write::ReadModifyWrite;

use super::codec::DecodeError;
use super::{
    Admission, AdmissionRequest, Admitted, Effect, Ledger, LedgerError, Observation, Report, record,
};
use crate::address::Address;
use crate::event::SessionEvent;
use crate::limit::SessionLimit;
use crate::names::{ServerId, SessionId, Token, UserName};
use crate::store::{Key, StoreError, TableStore, Versioned, Write};
use crate::time::Timestamp;

/// The most attempts to load and change a table. Each further attempt means that another caller's
/// change went through, so only a store that lies gets here.
const MOST_ATTEMPTS: u32 = 1_000;

/// The time by which a store may be wrong about how long an item lives on. The clock of memcached
/// ticks once a second.
const STORE_TICK: Duration = Duration::from_secs(1);

/// The most unconfirmed writes of one operation that are looked into before it is given up.
const MOST_AMBIGUOUS: u32 = 2;

/// Admits logins and observes session events by leases.
#[derive(Debug)]
pub struct LeaseLedger<S> {
    store: S,
    settings: LeaseSettings,
    rules: Rules,
}

impl<S: TableStore> LeaseLedger<S> {
    /// A ledger that keeps its leases in `store`.
    pub fn new(store: S, settings: LeaseSettings) -> Self {
        let rules = Rules {
            times: settings.times,
            scope: settings.key_phase.scope(),
            capacity: Capacity::of(store.max_value_len()),
        };
        Self { store, settings, rules }
    }

    /// The table of a user, without what has expired by `now`. `None` if nothing is known of the
    /// user.
    ///
    /// # Errors
    /// The store gave no answer, or the table is damaged.
    pub async fn table(
        &self,
        server: &ServerId,
        user: &UserName,
        now: Timestamp,
    ) -> Result<Option<Table>, LedgerError> {
        let key = Key::table(server, user);
        let mut loaded =
            self.loaded(ReadModifyWrite::new(&self.store, &key, now).load().await?, now)?;
        if loaded.damaged {
            return Err(damaged(&key).into());
        }
        loaded.table.prune(now, &self.rules.times);
        loaded.table.drop_lapsed(now);
        Ok(loaded.version.map(|_| loaded.table))
    }

    /// The user of a session, where that is known.
    ///
    /// # Errors
    /// The store gave no answer.
    pub async fn user_of(
        &self,
        server: &ServerId,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<Option<UserName>, LedgerError> {
        let found = record::load(&self.store, &Key::session(server, session), now).await?;
        Ok(found.and_then(|found| found.record?.into_user()))
    }

    /// Gives back the reservation that `token` names. Returns true if there was one. It may be
    /// called at any time, and any number of times. If the store did not confirm a write that took
    /// effect, it may return false although there was one.
    ///
    /// # Errors
    /// The store gave no answer. The slot then comes back when its lease expires.
    pub async fn release(
        &self,
        server: &ServerId,
        user: &UserName,
        token: &Token,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let key = Key::table(server, user);
        let updated = self.update(&key, &Operation::Release(token.clone()), now).await?;
        Ok(updated.outcome.write)
    }

    /// Reads a table as it was found. A missing one is taken for an empty one. So is a damaged one,
    /// and that is reported.
    fn loaded<V>(
        &self,
        item: Option<Versioned<V>>,
        now: Timestamp,
    ) -> Result<Loaded<V>, StoreError> {
        let empty = Loaded { table: Table::default(), version: None, damaged: false, clock: now };
        let Some(Versioned { value, version, remaining }) = item else { return Ok(empty) };
        let loaded = Loaded { version: Some(version), ..empty };
        match format::decode(&value) {
            Ok((end, table)) => {
                let clock = self.bounded(now, end, remaining);
                Ok(Loaded { table, clock, ..loaded })
            }
            Err(DecodeError::Damaged) => Ok(Loaded { damaged: true, ..loaded }),
            Err(DecodeError::Newer(version)) => Err(record::newer(version)),
        }
    }

    /// The time by which leases are dropped: the caller's, but no later than a bound. Where the
    /// store tells how long the item lives on, the bound is the time by the clock of the host that
    /// wrote the table. So a host whose clock is fast does not drop what others still need. It
    /// gains at most the difference of clocks and a tick with each write.
    ///
    /// A handler that stood still before it wrote makes this time too early. That costs only room:
    /// the caller's own clock tells what counts.
    fn bounded(&self, now: Timestamp, end: Timestamp, remaining: Option<Duration>) -> Timestamp {
        let Some(remaining) = remaining else { return now };
        now.min(end.before(remaining).after(self.rules.times.skew()).after(STORE_TICK))
    }

    /// Applies `operation` to the table under `key` until it is done.
    async fn update(
        &self,
        key: &Key,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<Updated, StoreError> {
        let mut attempts = Attempts::default();
        let updated = self.try_until_done(key, operation, now, &mut attempts).await;
        updated.map_err(|error| attempts.given_up(error))
    }

    async fn try_until_done(
        &self,
        key: &Key,
        operation: &Operation,
        now: Timestamp,
        attempts: &mut Attempts,
    ) -> Result<Updated, StoreError> {
        let mut item = ReadModifyWrite::new(&self.store, key, now);
        loop {
            let loaded = self.loaded(item.load().await?, now)?;
            if let Some(updated) = self.try_change(&mut item, loaded, operation, attempts).await? {
                return Ok(updated);
            }
        }
    }

    /// Applies `operation` to what was loaded of `item` and writes it back. `None` if another
    /// attempt is needed: the item changed in the meantime, or the write was not confirmed.
    async fn try_change(
        &self,
        item: &mut ReadModifyWrite<'_, S>,
        loaded: Loaded<S::Version>,
        operation: &Operation,
        attempts: &mut Attempts,
    ) -> Result<Option<Updated>, StoreError> {
        attempts.start()?;
        let now = item.now;
        let Loaded { mut table, version, damaged, clock } = loaded;
        table.prune(clock, &self.rules.times);
        // What is over by this host's clock alone does not count here, and stays for others.
        let aside = (clock != now).then(|| table.set_aside(now));
        let mut outcome = transition::apply(&mut table, operation, now, &self.rules);
        if outcome.write {
            let mut whole = aside.map(|aside| table.with(&aside, self.rules.capacity));
            let written = whole.as_mut().unwrap_or(&mut table);
            let ttl = written.ttl(clock, &self.rules.times);
            let bytes = written.encode_within(clock.after(ttl), self.store.max_value_len());
            let written = item.write(version.as_ref(), &bytes, ttl).await;
            let unconfirmed = matches!(written, Err(StoreError::Ambiguous(_)));
            if !attempts.is_done(written)? {
                attempts.unconfirmed = unconfirmed.then_some(outcome).or(attempts.unconfirmed);
                return Ok(None);
            }
        } else if let Some(Outcome { effect, since, matched, .. }) = attempts.unconfirmed
            && outcome.effect == Effect::Unchanged
        {
            // Nothing is left to do, so it went through.
            outcome = Outcome { effect, since, matched, ..outcome };
        }
        Ok(Some(Updated { table, outcome, attempts: attempts.total, damaged }))
    }
}

impl<S: TableStore> Ledger for LeaseLedger<S> {
    async fn admit(
        &self,
        request: &AdmissionRequest,
        now: Timestamp,
    ) -> Result<Admission, LedgerError> {
        let AdmissionRequest { server, user, limit, phase, has_password, source, token } = request;
        let capacity = self.rules.capacity.largest_limit();
        if *limit > capacity {
            return Err(LedgerError::LimitTooLarge { limit: *limit, capacity: capacity.get() });
        }
        let source = source.map(Address::of);
        let methods = self.settings.methods.of(server);
        let reserve =
            self.settings.key_phase.takes_slot(methods, *phase, *has_password).then(|| {
                let by = self.settings.reservation_class;
                Slot { token: token.clone(), phase: *phase, by }
            });
        let claim = Operation::Admit(Claim { reserve, source, limit: *limit });
        let updated = self.update(&Key::table(server, user), &claim, now).await?;
        Ok(Admission {
            verdict: updated.outcome.verdict,
            counted: updated.table.counted(source, self.rules.scope, now),
            report: updated.report(Some(*limit)),
        })
    }

    async fn roll_back(
        &self,
        request: &AdmissionRequest,
        admitted: Admitted,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let token = request.token.clone();
        let operation = match admitted {
            Admitted::Yes => Operation::Release(token),
            Admitted::Unknown => Operation::Withdraw(token),
        };
        let key = Key::table(&request.server, &request.user);
        if self.update(&key, &operation, now).await?.damaged {
            return Err(damaged(&key).into());
        }
        Ok(())
    }

    async fn observe(
        &self,
        event: &SessionEvent,
        now: Timestamp,
    ) -> Result<Observation, LedgerError> {
        Ok(self.observe_event(event, now).await?)
    }
}

fn damaged(key: &Key) -> StoreError {
    StoreError::Corrupt(format!("{key} is not a lease table"))
}

/// A table as it was found in the store.
struct Loaded<V> {
    table: Table,
    /// `None` if there is no table yet.
    version: Option<V>,
    damaged: bool,
    /// The time by which its leases are dropped.
    clock: Timestamp,
}

/// A table after an operation.
struct Updated {
    table: Table,
    outcome: Outcome,
    attempts: u32,
    damaged: bool,
}

impl Updated {
    /// Reports the operation. An overdraft is told by `limit`, or else by the limit of the latest
    /// admission.
    fn report(&self, limit: Option<SessionLimit>) -> Report {
        let limit = limit.or(self.table.limit());
        Report {
            attempts: self.attempts,
            overdraft: limit.map_or(0, |limit| self.table.overdraft(limit)),
            damaged: self.damaged,
            leaked: false,
            unreserved: self.outcome.unreserved,
        }
    }
}

/// Counts attempts and decides when there were enough.
#[derive(Default)]
struct Attempts {
    total: u32,
    ambiguous: u32,
    /// The store's words about the latest write of unknown outcome.
    doubt: Option<String>,
    /// The outcome of a change of the table that the store has not confirmed.
    unconfirmed: Option<Outcome>,
}

impl Attempts {
    fn start(&mut self) -> Result<(), StoreError> {
        self.total = self.total.saturating_add(1);
        if self.total > MOST_ATTEMPTS {
            return Err(StoreError::Unavailable(format!(
                "an item kept changing over {MOST_ATTEMPTS} attempts"
            )));
        }
        Ok(())
    }

    /// True if a write went through. One of unknown outcome has to be looked into by another
    /// attempt. Every operation finds its own traces, so it is done once however often it is
    /// written.
    fn is_done(&mut self, written: Result<Write, StoreError>) -> Result<bool, StoreError> {
        match written {
            Ok(Write::Done) => Ok(true),
            Ok(Write::Conflict) => Ok(false),
            Err(StoreError::Ambiguous(doubt)) if self.ambiguous < MOST_AMBIGUOUS => {
                self.ambiguous = self.ambiguous.saturating_add(1);
                self.doubt = Some(doubt);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The error of an operation that is given up. Once a write was sent and not confirmed, it may
    /// have been done, or may yet be, whatever has failed since.
    fn given_up(self, error: StoreError) -> StoreError {
        match self.doubt {
            Some(doubt) if !matches!(error, StoreError::Ambiguous(_)) => {
                StoreError::Ambiguous(format!("{doubt}; and then: {error}"))
            }
            _ => error,
        }
    }
}
