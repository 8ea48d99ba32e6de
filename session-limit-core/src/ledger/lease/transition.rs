//! The transition: what an operation makes of a table. A pure function of both and the time.
//!
//! Every operation first drops what has expired. Whether anything is worth writing is part of
//! the outcome: a refusal is not, nor is an event that changes nothing.

use std::time::Duration;

use super::capacity::{Capacity, MOST_TOMBSTONES};
use super::table::{Class, Reservation, Session, Table, Tombstone};
use super::times::LeaseTimes;
use crate::address::Address;
use crate::ledger::key_phase::KeyScope;
use crate::ledger::{Effect, Verdict};
use crate::limit::SessionLimit;
use crate::names::{SessionId, Token};
use crate::time::Timestamp;

/// How long the stone of an end stays that is heard of too late for any other.
const LATE_STONE: Duration = Duration::from_secs(60);

/// What the transition goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long leases live.
    pub times: LeaseTimes,
    /// Whom key reservations count against.
    pub scope: KeyScope,
    /// How much fits the store.
    pub capacity: Capacity,
}

/// Something that is done to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A login asks for a slot.
    Admit(Claim),
    /// A login gives its slot back before it became a session.
    Release(Token),
    /// A session has started.
    Connected(Connected),
    /// A session is over.
    Ended {
        /// The session.
        session: SessionId,
        /// By the log's clock.
        at: Timestamp,
    },
    /// The start of a session is seen after its end: it consumes its reservation and is over.
    ConnectedAndEnded {
        /// The start.
        start: Connected,
        /// The time of the end, by the log's clock.
        ended: Timestamp,
    },
    /// A session is alive.
    Activity {
        /// The session.
        session: SessionId,
        /// By the log's clock.
        at: Timestamp,
    },
}

/// A login that asks for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The reservation to make, or `None` for only looking whether a slot is free. A key-phase
    /// login is only looked at, too, where the table already holds many key reservations.
    pub reserve: Option<(Token, Class)>,
    /// Where the login comes from.
    pub source: Option<Address>,
    /// How many leases may count.
    pub limit: SessionLimit,
}

/// A session that has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The session.
    pub session: SessionId,
    /// By the log's clock.
    pub at: Timestamp,
    /// The class of the reservation it consumes.
    pub class: Class,
    /// The class it consumes of if no reservation is left in the first that may cover it.
    pub otherwise: Option<Class>,
    /// Where it comes from.
    pub source: Option<Address>,
}

/// What an operation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Of an [`Operation::Admit`]; otherwise [`Verdict::Admitted`].
    pub verdict: Verdict,
    /// What became of an event.
    pub effect: Effect,
    /// Since when the session was known that an event concerned.
    pub since: Option<Timestamp>,
    /// Whether a login was admitted without the reservation it should have: the table holds too
    /// many of other addresses.
    pub unreserved: bool,
    /// Whether the new table has to be written.
    pub write: bool,
}

impl Outcome {
    const NOTHING: Self = Self {
        verdict: Verdict::Admitted,
        effect: Effect::Unchanged,
        since: None,
        unreserved: false,
        write: false,
    };

    const TOO_LATE: Self = Self { effect: Effect::TooLate, ..Self::NOTHING };

    /// Of an event, and then of the end that was known already.
    pub(super) fn then(self, end: Self) -> Self {
        let effect = self.effect.then(end.effect);
        Self { effect, since: self.since.or(end.since), ..end }
    }

    fn changed(effect: Effect, since: Option<Timestamp>) -> Self {
        Self { effect, since, write: true, ..Self::NOTHING }
    }
}

/// The table after `operation`, and what it did.
#[must_use]
pub fn transition(
    table: &Table,
    operation: &Operation,
    now: Timestamp,
    rules: &Rules,
) -> (Table, Outcome) {
    let mut table = table.clone();
    let outcome = apply(&mut table, operation, now, rules);
    (table, outcome)
}

/// The transition, in place.
pub(super) fn apply(
    table: &mut Table,
    operation: &Operation,
    now: Timestamp,
    rules: &Rules,
) -> Outcome {
    table.prune(now);
    let mut change = Change { table, now, rules, times: &rules.times };
    match operation {
        Operation::Admit(claim) => change.admit(claim),
        Operation::Release(token) => change.release(token),
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
        let mine = reserve.as_ref().map(|(token, _)| token.as_str());
        if mine.is_some_and(|token| self.table.reservations.place_of(token).is_some()) {
            return Outcome::NOTHING; // a retry whose first try was written
        }
        if self.table.counted(*source, self.rules.scope) >= limit.get() {
            return Outcome { verdict: Verdict::Refused, ..Outcome::NOTHING };
        }
        let Some((token, class)) = reserve else { return Outcome::NOTHING };
        if matches!(class, Class::Key(_)) && self.is_full_of_keys(*limit) {
            return Outcome { unreserved: true, ..Outcome::NOTHING };
        }
        self.table.limit = Some(*limit);
        self.table.reservations.push(&Reservation {
            token: token.clone(),
            class: *class,
            created: self.now,
            expires: self.now.after(self.times.reservation_ttl()),
        });
        Outcome::changed(Effect::Unchanged, None)
    }

    /// No token is there twice.
    fn release(&mut self, token: &Token) -> Outcome {
        let place = self.table.reservations.place_of(token.as_str());
        let released = place.and_then(|place| self.table.reservations.remove(place));
        Outcome { write: released.is_some(), ..Outcome::NOTHING }
    }

    fn connected(&mut self, start: &Connected, is_over: bool) -> Outcome {
        let id = start.session.as_str();
        if let Some(place) = self.table.tombstones.place_of(id) {
            return self.connected_after_end(place, start);
        }
        if let Some(place) = self.table.sessions.place_of(id) {
            return self.connected_again(place, start);
        }
        let expires = self.expiry(start.at);
        if expires <= self.now {
            return Outcome::TOO_LATE; // its lease is over, and any reservation too
        }
        // In the place of a reservation it needs no more room, and if it is over it needs none.
        if !self.consume(start) && !is_over && self.is_full() && !self.displace(start) {
            return Outcome::NOTHING;
        }
        let session = Session {
            id: start.session.clone(),
            consumed: true,
            since: start.at,
            expires,
            source: start.source,
        };
        self.add_session(session, Effect::Started)
    }

    /// Its end came first: it may still have a reservation to consume.
    fn connected_after_end(&mut self, place: usize, start: &Connected) -> Outcome {
        match self.table.tombstones.get(place) {
            Some(stone) if !stone.consumed => {
                self.table.tombstones.update(place, &Tombstone { consumed: true, ..stone });
            }
            _ => return Outcome::NOTHING,
        }
        self.consume(start);
        let is_late = self.expiry(start.at) <= self.now;
        let effect = if is_late { Effect::TooLate } else { Effect::StartedAndEnded };
        Outcome::changed(effect, Some(start.at))
    }

    /// It is a duplicate, or an activity was seen before it.
    fn connected_again(&mut self, place: usize, start: &Connected) -> Outcome {
        match self.table.sessions.get(place) {
            Some(session) if !session.consumed => {
                let (since, source) = (session.since.min(start.at), start.source);
                let session = Session { consumed: true, since, source, ..session };
                self.table.sessions.update(place, &session);
            }
            _ => return Outcome::NOTHING,
        }
        self.consume(start);
        Outcome::changed(Effect::Started, Some(start.at))
    }

    fn ended(&mut self, session: &SessionId, at: Timestamp) -> Outcome {
        let at = self.not_in_the_future(at);
        if self.table.tombstones.place_of(session.as_str()).is_some() {
            return Outcome::NOTHING;
        }
        let ended = self.take_session(session);
        // No end is before its start, or the floor would not keep a repeated start out.
        let at = ended.as_ref().map_or(at, |session| at.max(session.since));
        // However late the end is heard of, it leaves a stone: a handler that has read the table
        // before and still believes that the session lives must fail to swap it.
        let until = at.after(self.times.tombstone_ttl()).max(self.now.after(LATE_STONE));
        let consumed = ended.as_ref().is_some_and(|session| session.consumed);
        let earlier = self.table.tombstones.iter().take_while(|stone| stone.ended <= at);
        let place = earlier.count();
        let stone = Tombstone { id: session.clone(), consumed, ended: at, until };
        self.table.tombstones.insert(place, &stone);
        self.table.bury(MOST_TOMBSTONES);
        let effect = if ended.is_some() { Effect::Ended } else { Effect::Unchanged };
        Outcome::changed(effect, ended.map(|session| session.since))
    }

    fn activity(&mut self, session: &SessionId, at: Timestamp) -> Outcome {
        let expires = self.expiry(at);
        if self.table.tombstones.place_of(session.as_str()).is_some() {
            return Outcome::NOTHING;
        }
        if expires <= self.now {
            return Outcome::TOO_LATE;
        }
        if let Some(place) = self.table.sessions.place_of(session.as_str())
            && let Some(known) = self.table.sessions.get(place)
        {
            if expires.since(known.expires) < self.times.renewal_step() {
                return Outcome::NOTHING;
            }
            let since = known.since;
            self.table.sessions.update(place, &Session { expires, ..known });
            return Outcome::changed(Effect::Renewed, Some(since));
        }
        if self.is_full() {
            return Outcome::NOTHING;
        }
        let session =
            Session { id: session.clone(), consumed: false, since: at, expires, source: None };
        self.add_session(session, Effect::Adopted)
    }

    /// Whether there are as many leases as the largest limit that fits, and all the key
    /// reservations that are allowed for beside them.
    fn is_full(&self) -> bool {
        let leases = self.table.sessions.len().saturating_add(self.table.reservations.len());
        leases >= self.rules.capacity.leases()
    }

    fn add_session(&mut self, session: Session, effect: Effect) -> Outcome {
        let since = session.since;
        self.table.sessions.push(&session);
        Outcome::changed(effect, Some(since))
    }

    /// Removes the oldest reservation that this start may have come from, and says if there is any.
    ///
    /// The oldest, because whichever login the start belongs to, the younger reservation left
    /// behind then covers the other for at least as long as its own would have.
    fn consume(&mut self, start: &Connected) -> bool {
        let latest = start.at.after(self.times.skew());
        start.at > self.table.floor && self.take_covering(start, |created| created <= latest)
    }

    /// Removes the oldest reservation that may cover this start, and says if there is any. To leave it
    /// alone, as consuming does where it cannot be the start's own, errs on the side of the limit as
    /// long as there is room; without room, the session would not be counted.
    fn displace(&mut self, start: &Connected) -> bool {
        self.take_covering(start, |_| true)
    }

    /// Whoever has lost a reservation of its class to another start is covered by one that is left
    /// of it, even if that is too young to be its own, and must not take from the other class.
    fn take_covering(&mut self, start: &Connected, may: impl Fn(Timestamp) -> bool) -> bool {
        let earliest = start.at.before(self.times.login_time()).before(self.times.skew());
        let oldest = |class| {
            let reservations = self.table.reservations.iter().enumerate();
            reservations
                .filter(|(_, r)| r.class == class && r.created >= earliest)
                .map(|(place, r)| (r.created, r.token, place))
                .min()
        };
        let covering = oldest(start.class).or_else(|| start.otherwise.and_then(oldest));
        let covering = covering.filter(|(created, ..)| may(*created));
        covering.is_some_and(|(.., place)| self.table.reservations.remove(place).is_some())
    }

    fn take_session(&mut self, id: &SessionId) -> Option<Session> {
        let place = self.table.sessions.place_of(id.as_str())?;
        self.table.sessions.remove(place)
    }

    /// Whether another key reservation would let probes from many addresses grow the table.
    /// Where all reservations count against everybody the limit bounds them already.
    fn is_full_of_keys(&self, limit: SessionLimit) -> bool {
        let keys = self.table.reservations.iter().filter(|r| matches!(r.class, Class::Key(_)));
        self.rules.scope == KeyScope::OwnAddress
            && keys.count() >= self.rules.capacity.key_reservations(limit)
    }

    /// When a session expires of which nothing is heard after `at`.
    fn expiry(&self, at: Timestamp) -> Timestamp {
        self.not_in_the_future(at).after(self.times.session_ttl())
    }

    /// A wrong clock must not make anything last.
    fn not_in_the_future(&self, at: Timestamp) -> Timestamp {
        at.min(self.now.after(self.times.skew()))
    }
}
