//! Starts of sessions, and the reservations that they take.

use super::Change;
use crate::ledger::lease::class::Class;
use crate::ledger::lease::entry::{Reservation, Session, Tombstone};
use crate::ledger::lease::matching::{self, Entered, Reach};
use crate::ledger::lease::operation::{Connected, Outcome};
use crate::ledger::lease::pairs::{ClassPairs, Pairs};
use crate::ledger::{Effect, Matched};
use crate::login::Phase;
use crate::names::Token;
use crate::time::Timestamp;

/// The reservations of a class that no start has taken, the oldest first.
struct Open {
    class: Class,
    reservations: Vec<OpenReservation>,
}

/// A reservation that no start has taken. The oldest comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct OpenReservation {
    created: Timestamp,
    token: Token,
    /// Its place in the table.
    place: usize,
}

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
        // A start that is over and that nothing remembers any more may be a repeated one. Nothing
        // is to be told of that.
        let matched = (!is_over || !self.is_forgotten(start)).then(|| self.take(start));
        let has_reservation = matched.is_some_and(Matched::has_reservation);
        // In the place of a reservation it needs no more room, and if it is over it needs none.
        if !has_reservation && !is_over && !self.make_room() && !self.displace(start) {
            return Outcome { matched, ..Outcome::NO_ROOM };
        }
        let session = Session {
            id: start.session.clone(),
            consumed: true,
            since: start.at,
            expires,
            source: start.source,
        };
        let started = self.add_session(session, Effect::Started);
        Outcome { matched, ..started }
    }

    /// Handles a start whose end came first. It may still have a reservation to take.
    fn connected_after_end(&mut self, place: usize, start: &Connected) -> Outcome {
        match self.table.tombstones.get(place) {
            Some(stone) if !stone.consumed => {
                self.table.tombstones.remove(place);
                self.lay(Tombstone { consumed: true, ended: stone.ended.max(start.at), ..stone });
            }
            _ => return Outcome::NOTHING,
        }
        let matched = Some(self.take(start));
        let is_late = self.expiry(start.at) <= self.now;
        let effect = if is_late { Effect::TooLate } else { Effect::StartedAndEnded };
        Outcome { matched, ..Outcome::changed(effect, Some(start.at)) }
    }

    /// Handles a start of a known session: a duplicate, or one before which an activity was seen.
    fn connected_again(&mut self, place: usize, start: &Connected) -> Outcome {
        match self.table.sessions.get(place) {
            Some(session) if !session.consumed => {
                let (since, source) = (start.at, start.source);
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
        if self.is_forgotten(start) {
            return Matched::Nothing;
        }
        let oldest = self.oldest_start();
        let mut known = self.table.pairs.by_class();
        known.iter_mut().for_each(|of| of.pairs.retain(|pair| pair.start > oldest));
        let classes = [Some(class), start.otherwise].into_iter().flatten();
        let open: Vec<_> = classes.map(|class| self.open(class)).collect();
        let waited = self.sole_candidate(&known, &open, start.at);
        let waited = waited.map(|created| start.at.since(created));
        let taken = open.iter().find_map(|open| match self.enter(&mut known, open, start.at)? {
            Entered::Took(taken) => Some(open.reservations.get(taken).map(|taken| taken.place)),
            Entered::Displaced => Some(None),
            Entered::Nothing => None,
        });
        self.table.pairs = Pairs::from_classes(&known);
        match taken {
            Some(Some(place)) => {
                self.table.reservations.remove(place);
                Matched::Reservation { waited }
            }
            Some(None) => Matched::Nothing,
            None => self.why_nothing(class, start),
        }
    }

    /// True if a tombstone of that time may be gone: it could be a start that has consumed already.
    fn is_forgotten(&self, start: &Connected) -> bool {
        start.at <= self.oldest_start() || start.at <= self.table.floor
    }

    /// The time of the latest start that can take no reservation any more.
    fn oldest_start(&self) -> Timestamp {
        self.now.before(self.times.start_ttl())
    }

    /// The time at which the only reservation was made that could be the own one of a start at
    /// `at`. Another start may have it by now. `None` if there are several, or none.
    fn sole_candidate(
        &self,
        known: &[ClassPairs],
        open: &[Open],
        at: Timestamp,
    ) -> Option<Timestamp> {
        let mut candidates = open.iter().flat_map(|Open { class, reservations }| {
            let known = known.iter().filter(|of| of.class == *class).flat_map(|of| &of.pairs);
            let open = reservations.iter().map(|open| open.created);
            let reach = self.reach(*class);
            known.map(|pair| pair.created).chain(open).filter(move |made| reach.covers(at, *made))
        });
        let first = candidates.next();
        first.filter(|_| candidates.next().is_none())
    }

    /// Lets a start enter the matching of the class of `open`.
    fn enter(&self, known: &mut Vec<ClassPairs>, open: &Open, at: Timestamp) -> Option<Entered> {
        let class = open.class;
        let place = known.binary_search_by_key(&class, |of| of.class).unwrap_or_else(|place| {
            known.insert(place, ClassPairs { class, pairs: Vec::new() });
            place
        });
        let created: Vec<_> = open.reservations.iter().map(|open| open.created).collect();
        Some(matching::enter(&mut known.get_mut(place)?.pairs, &created, at, self.reach(class)))
    }

    fn open(&self, class: Class) -> Open {
        let reservations = self.table.reservations.iter().enumerate();
        let mut reservations: Vec<_> = reservations
            .filter(|(_, reservation)| reservation.class() == Some(class))
            .map(|(place, Reservation { created, token, .. })| OpenReservation {
                created,
                token,
                place,
            })
            .collect();
        reservations.sort_unstable();
        Open { class, reservations }
    }

    /// The reason why there is nothing for a start. Where other starts of its class have found
    /// something, login and log see the same address. Where nobody has reserved by key lately, its
    /// login may have only looked.
    fn why_nothing(&self, class: Class, start: &Connected) -> Matched {
        let (reach, at) = (self.reach(class), start.at);
        let pairs = self.table.pairs.by_class();
        let by_key = |class: Class| class.phase == Phase::Key;
        if start.may_only_look
            && !pairs.iter().any(|of| by_key(of.class))
            && !self.table.reservations.iter().any(|open| open.phase == Phase::Key)
        {
            return Matched::OnlyLooked;
        }
        if pairs.iter().any(|of| of.class == class) {
            return Matched::Nothing;
        }
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
        let class = start.class;
        let own = self.remove_oldest(|other| class.is_some() && other.class() == class);
        own.or_else(|| self.remove_oldest(|_| true)).is_some()
    }
}
