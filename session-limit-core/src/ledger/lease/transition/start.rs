//! Starts of sessions: which reservation each takes.

use super::Change;
use crate::ledger::lease::class::Class;
use crate::ledger::lease::matching::{self, Entered, Reach};
use crate::ledger::lease::operation::{Connected, Outcome};
use crate::ledger::lease::pairs::{OfClass, Pairs};
use crate::ledger::lease::table::{Reservation, Session, Tombstone};
use crate::ledger::{Effect, Matched};
use crate::names::Token;
use crate::time::Timestamp;

impl Change<'_> {
    pub(super) fn connected(&mut self, start: &Connected, is_over: bool) -> Outcome {
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
        let matched = self.take(start);
        // In the place of a reservation it needs no more room, and if it is over it needs none.
        if !matched.has_reservation() && !is_over && self.is_full() && !self.displace(start) {
            return Outcome { matched: Some(matched), ..Outcome::NOTHING };
        }
        let session = Session {
            id: start.session.clone(),
            consumed: true,
            since: start.at,
            expires,
            source: start.source,
        };
        let started = self.add_session(session, Effect::Started);
        Outcome { matched: Some(matched), ..started }
    }

    /// Its end came first: it may still have a reservation to take.
    fn connected_after_end(&mut self, place: usize, start: &Connected) -> Outcome {
        match self.table.tombstones.get(place) {
            Some(stone) if !stone.consumed => {
                self.table.tombstones.update(place, &Tombstone { consumed: true, ..stone });
            }
            _ => return Outcome::NOTHING,
        }
        let matched = Some(self.take(start));
        let is_late = self.expiry(start.at) <= self.now;
        let effect = if is_late { Effect::TooLate } else { Effect::StartedAndEnded };
        Outcome { matched, ..Outcome::changed(effect, Some(start.at)) }
    }

    /// It is a duplicate, or an activity was seen before it.
    fn connected_again(&mut self, place: usize, start: &Connected) -> Outcome {
        match self.table.sessions.get(place) {
            Some(session) if !session.consumed => {
                let (since, source) = (session.since.min(start.at), start.source);
                let expires = session.expires.max(self.expiry(start.at));
                let session = Session { consumed: true, since, source, expires, ..session };
                self.table.sessions.update(place, &session);
            }
            _ => return Outcome::NOTHING,
        }
        let matched = Some(self.take(start));
        Outcome { matched, ..Outcome::changed(Effect::Started, Some(start.at)) }
    }

    /// Takes the reservation that this start has by the matching, if there is any.
    fn take(&mut self, start: &Connected) -> Matched {
        let Some(class) = start.class else { return Matched::Nothing };
        let oldest = self.now.before(self.times.tombstone_ttl());
        if start.at < oldest || start.at <= self.table.floor {
            return Matched::Nothing;
        }
        let classes = [Some(class), start.otherwise].into_iter().flatten();
        let taken = classes.into_iter().find_map(|class| self.take_of(class, start.at, oldest));
        taken.unwrap_or_else(|| self.why_nothing(class, start.at))
    }

    /// Lets a start enter the matching of `class`; `None` if there is nothing for it. Pairs from before
    /// `oldest` are forgotten.
    fn take_of(&mut self, class: Class, at: Timestamp, oldest: Timestamp) -> Option<Matched> {
        let reach = self.reach(class);
        let mut open = self.open(class);
        open.sort_unstable();
        let created: Vec<_> = open.iter().map(|(created, ..)| *created).collect();
        let mut classes = self.table.pairs.by_class();
        classes.iter_mut().for_each(|of| of.pairs.retain(|pair| pair.start >= oldest));
        let place = classes.binary_search_by_key(&class, |of| of.class).unwrap_or_else(|place| {
            classes.insert(place, OfClass { class, pairs: Vec::new() });
            place
        });
        let pairs = &mut classes.get_mut(place)?.pairs;
        let known = pairs.iter().map(|pair| pair.created);
        let candidates = known.chain(created.iter().copied());
        let is_certain = candidates.filter(|created| reach.covers(at, *created)).count() == 1;
        let entered = matching::enter(pairs, &created, at, reach);
        self.table.pairs = Pairs::of(&classes);
        match entered {
            Entered::Took(taken) => {
                let (created, _, place) = open.get(taken)?;
                self.table.reservations.remove(*place);
                Some(Matched::Reservation { waited: is_certain.then(|| at.since(*created)) })
            }
            Entered::InPlaceOfAnother => Some(Matched::Nothing),
            Entered::Nothing => None,
        }
    }

    /// The open reservations of a class: when each was made, its token, and its place.
    fn open(&self, class: Class) -> Vec<(Timestamp, Token, usize)> {
        let reservations = self.table.reservations.iter().enumerate();
        reservations
            .filter(|(_, reservation)| reservation.class() == Some(class))
            .map(|(place, reservation)| (reservation.created, reservation.token, place))
            .collect()
    }

    /// Why there is nothing for a start: it may have been taken for one from another address.
    fn why_nothing(&self, class: Class, at: Timestamp) -> Matched {
        let reach = self.reach(class);
        let is_elsewhere = |reservation: Reservation| {
            let other = reservation.class();
            other.is_some_and(|other| class.differs_by_address(other))
                && reach.covers(at, reservation.created)
        };
        if self.table.reservations.iter().any(is_elsewhere) {
            Matched::OtherAddress
        } else {
            Matched::Nothing
        }
    }

    fn reach(&self, class: Class) -> Reach {
        Reach { login_time: self.times.login_time_of(class.phase), skew: self.times.skew() }
    }

    /// Removes the oldest reservation, if possible one of the start's own class: in a table without
    /// room a session that has started has to count. There are more leases in it than the limit
    /// allows, so some of them are for nobody, and the oldest are the first to expire.
    fn displace(&mut self, start: &Connected) -> bool {
        let oldest = |class: Option<Class>| {
            let reservations = self.table.reservations.iter().enumerate();
            reservations
                .filter(|(_, reservation)| class.is_none() || reservation.class() == class)
                .map(|(place, reservation)| (reservation.created, reservation.token, place))
                .min()
        };
        let oldest = start.class.and_then(|class| oldest(Some(class))).or_else(|| oldest(None));
        oldest.is_some_and(|(.., place)| self.table.reservations.remove(place).is_some())
    }
}
