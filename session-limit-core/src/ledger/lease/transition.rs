//! The transition, a pure function: it says what an operation makes of a table at some time.
//!
//! The caller drops what is of no more use before. The outcome says whether anything is worth
//! writing. A refusal is not, nor is an event that changes nothing.

mod start;

use super::entry::{Reservation, Session, Tombstone};
use super::operation::{Claim, Operation, Outcome, Rules, Slot};
use super::table::Table;
use super::times::{LATEST_WRITE, LeaseTimes};
use crate::ledger::key_phase::KeyScope;
use crate::ledger::{Effect, Verdict};
use crate::limit::SessionLimit;
use crate::login::Phase;
use crate::names::{SessionId, Token};
use crate::time::Timestamp;

/// Applies the transition in place, to a table without what is of no more use.
pub(super) fn apply(
    table: &mut Table,
    operation: &Operation,
    now: Timestamp,
    rules: &Rules,
) -> Outcome {
    let mut change = Change { table, now, rules, times: &rules.times };
    match operation {
        Operation::Admit(claim) => change.admit(claim),
        Operation::Release(token) => change.release(token),
        Operation::Withdraw(token) => Outcome { write: true, ..change.release(token) },
        Operation::Connected(start) => change.connected(start, false),
        Operation::Ended { session, at } => change.ended(session, *at),
        Operation::ConnectedAndEnded { start, ended } => {
            let before = change.table.clone();
            let started = change.connected(start, true);
            let ended = change.ended(&start.session, (*ended).max(start.at));
            // What the start adds the end takes away again.
            let write = *change.table != before;
            Outcome { write, ..started.then(ended) }
        }
        Operation::Activity { session, at } => change.activity(session, *at),
    }
}

struct Change<'a> {
    table: &'a mut Table,
    now: Timestamp,
    rules: &'a Rules,
    times: &'a LeaseTimes,
}

impl Change<'_> {
    fn admit(&mut self, claim: &Claim) -> Outcome {
        let Claim { reserve, source, limit } = claim;
        let mine = reserve.as_ref().and_then(|slot| self.reservation(&slot.token));
        if mine.as_ref().is_some_and(|(_, mine)| mine.counts(self.now)) {
            return Outcome::NOTHING; // a retry whose first try was written
        }
        if self.table.counted(*source, self.rules.scope, self.now) >= limit.get() {
            return Outcome { verdict: Verdict::Refused, ..Outcome::NOTHING };
        }
        let Some(Slot { token, phase, by }) = reserve else { return Outcome::NOTHING };
        if let Some((place, _)) = mine {
            self.table.reservations.remove(place); // it has expired
        }
        let has_room = self.make_room();
        if *phase == Phase::Key && !(has_room && self.has_room_for_keys(*limit)) {
            return Outcome { unreserved: true, ..Outcome::NOTHING };
        }
        if !has_room {
            // The limit fits, so there are keys from elsewhere, which were taken under a lower one.
            self.remove_oldest(|other| other.phase == Phase::Key);
        }
        self.table.limit = Some(*limit);
        self.table.reservations.push(&Reservation {
            token: token.clone(),
            phase: *phase,
            source: *source,
            by: *by,
            created: self.now,
            expires: self.now.after(self.times.reservation_ttl()),
        });
        Outcome::changed(Effect::Unchanged, None)
    }

    /// The reservation of a login. No token is there twice.
    fn reservation(&self, token: &Token) -> Option<(usize, Reservation)> {
        let place = self.table.reservations.place_of(token.as_str())?;
        Some((place, self.table.reservations.get(place)?))
    }

    fn release(&mut self, token: &Token) -> Outcome {
        let place = self.table.reservations.place_of(token.as_str());
        let released = place.and_then(|place| self.table.reservations.remove(place));
        Outcome { write: released.is_some(), ..Outcome::NOTHING }
    }

    fn ended(&mut self, session: &SessionId, at: Timestamp) -> Outcome {
        let at = self.not_in_the_future(at);
        if self.table.tombstones.place_of(session.as_str()).is_some() {
            return Outcome::NOTHING;
        }
        let ended = self.take_session(session);
        let started = ended.as_ref().filter(|session| session.consumed);
        let at = started.map_or(at, |session| at.max(session.since));
        // However late the end is heard of, it leaves a stone. A handler that has read the table
        // before, and still believes that the session lives, must fail to swap it.
        let until = self.now.after(LATEST_WRITE);
        let consumed = started.is_some();
        self.lay(Tombstone { id: session.clone(), consumed, ended: at, until });
        self.table.bury(self.rules.capacity.tombstones());
        let effect = if ended.is_some() { Effect::Ended } else { Effect::Unchanged };
        Outcome::changed(effect, ended.map(|session| session.since))
    }

    /// Lays a stone for an end that is not before its start, or the floor would not keep the start
    /// out if it is repeated. It lies at least until its `until`.
    fn lay(&mut self, stone: Tombstone) {
        let until = stone.ended.after(self.times.tombstone_ttl()).max(stone.until);
        self.table.lay(&Tombstone { until, ..stone });
    }

    fn activity(&mut self, session: &SessionId, at: Timestamp) -> Outcome {
        let expires = self.expiry(self.times.renewal_of(at));
        if self.table.tombstones.place_of(session.as_str()).is_some() {
            return Outcome::NOTHING;
        }
        if expires <= self.now {
            return Outcome::TOO_LATE;
        }
        if let Some(place) = self.table.sessions.place_of(session.as_str())
            && let Some(known) = self.table.sessions.get(place)
        {
            if expires <= known.expires {
                return Outcome::NOTHING;
            }
            let since = known.since;
            self.table.sessions.update(place, &Session { expires, ..known });
            return Outcome::changed(Effect::Renewed, Some(since));
        }
        if !self.make_room() {
            return Outcome::NO_ROOM;
        }
        let session =
            Session { id: session.clone(), consumed: false, since: at, expires, source: None };
        self.add_session(session, Effect::Adopted)
    }

    /// True if there are as many leases as fit: the largest limit, and all the key reservations
    /// that are allowed for beside it.
    fn is_full(&self) -> bool {
        let leases = self.table.sessions.len().saturating_add(self.table.reservations.len());
        leases >= self.rules.capacity.leases()
    }

    /// True if there is room for another lease. In a full table the oldest reservation that has
    /// expired makes room, if there is one. The starts that it may belong to then take nothing.
    fn make_room(&mut self) -> bool {
        if !self.is_full() {
            return true;
        }
        let now = self.now;
        let Some(lapsed) = self.remove_oldest(|reservation| !reservation.counts(now)) else {
            return false;
        };
        let latest_start = lapsed.created.after(self.times.login_time_of(lapsed.phase));
        self.table.floor = self.table.floor.max(latest_start.after(self.times.skew()));
        true
    }

    /// Removes the oldest of some reservations.
    fn remove_oldest(&mut self, which: impl Fn(&Reservation) -> bool) -> Option<Reservation> {
        let reservations = self.table.reservations.iter().enumerate();
        let candidates = reservations.filter(|(_, reservation)| which(reservation));
        let oldest =
            candidates.map(|(place, Reservation { created, token, .. })| (created, token, place));
        let (.., place) = oldest.min()?;
        self.table.reservations.remove(place)
    }

    fn add_session(&mut self, session: Session, effect: Effect) -> Outcome {
        let since = session.since;
        self.table.sessions.insert_by_id(&session);
        Outcome::changed(effect, Some(since))
    }

    fn take_session(&mut self, id: &SessionId) -> Option<Session> {
        let place = self.table.sessions.place_of(id.as_str())?;
        self.table.sessions.remove(place)
    }

    /// True if there may be another key reservation. Unbounded, probes from many addresses would
    /// grow the table. Where all reservations count against everybody, the limit bounds them
    /// already.
    fn has_room_for_keys(&self, limit: SessionLimit) -> bool {
        let keys = self.table.reservations.iter();
        let keys = keys.filter(|key| key.phase == Phase::Key && key.counts(self.now));
        self.rules.scope == KeyScope::Everybody
            || keys.count() < self.rules.capacity.key_reservations(limit)
    }

    /// The time at which a session expires of which nothing is heard after `at`.
    fn expiry(&self, at: Timestamp) -> Timestamp {
        self.not_in_the_future(at).after(self.times.session_ttl())
    }

    /// The time `at`, or the latest that it can be: a wrong clock must not make anything last.
    fn not_in_the_future(&self, at: Timestamp) -> Timestamp {
        at.min(self.now.after(self.times.skew()))
    }
}
