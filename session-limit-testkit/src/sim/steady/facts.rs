//! The rule by which starts and reservations are matched, in its simplest form. It shows that a
//! ledger can keep what the worlds demand.
//!
//! A start that comes late is matched as if it had come in time. Each start, in the order of their
//! times, takes the oldest reservation of its address that may be its own and that no earlier start
//! has. A start that finds none is forgotten.

use std::collections::BTreeSet;
use std::time::Duration;

use session_limit_core::ledger::LeaseTimes;

use super::machines::run;
use super::subject::Subject;
use super::{Row, Tally};
use crate::sim::LedgerKind;
use crate::sim::time::millis;

/// The way in which starts find reservations.
#[derive(Clone, Copy, PartialEq)]
enum Matching {
    ByFacts,
    /// Each start takes, for good, the oldest reservation that is there when the ledger is told of
    /// it.
    AsTold,
}

struct Facts {
    matching: Matching,
    ttl: u64,
    login_time: u64,
    skew: u64,
    addresses: Vec<Address>,
    sessions: BTreeSet<usize>,
    ended_first: BTreeSet<usize>,
}

/// The known reservations and starts of one address, by time.
#[derive(Clone, Default)]
struct Address {
    reservations: Vec<u64>,
    starts: Vec<u64>,
}

impl Facts {
    fn new(matching: Matching, times: LeaseTimes) -> Self {
        Self {
            matching,
            ttl: millis(times.reservation_ttl()),
            login_time: millis(times.login_time()),
            skew: millis(times.skew()),
            addresses: vec![Address::default(); 8],
            sessions: BTreeSet::new(),
            ended_first: BTreeSet::new(),
        }
    }

    /// Returns the reservation that each start takes, and which reservations are taken.
    fn matched(&self, address: &Address) -> (Vec<Option<usize>>, Vec<bool>) {
        let reservations = &address.reservations;
        let mut taken = vec![false; reservations.len()];
        let mut first = 0;
        let mut take = |start: &u64| {
            let earliest = start - self.login_time - self.skew;
            while first < taken.len() && (taken[first] || reservations[first] < earliest) {
                first += 1;
            }
            let place = (first..taken.len()).find(|place| !taken[*place])?;
            taken[place] = reservations[place] <= start + self.skew;
            taken[place].then_some(place)
        };
        let places = address.starts.iter().map(&mut take).collect();
        (places, taken)
    }

    /// Forgets old pairs as a whole, and starts that found no reservation.
    fn settle(&mut self, address: usize, now: u64) {
        let (places, taken) = self.matched(&self.addresses[address]);
        let (ttl, skew) = (self.ttl, self.skew);
        let Address { reservations, starts } = &mut self.addresses[address];
        let is_old = |start: u64| start + ttl + 2 * skew < now;
        let open = (0..taken.len()).filter(|place| !taken[*place]);
        let mut gone: BTreeSet<usize> =
            open.filter(|place| reservations[*place] + ttl <= now).collect();
        let pairs = starts.iter().zip(places);
        let (old, pairs): (Vec<_>, Vec<_>) = pairs
            .filter_map(|(start, place)| Some((*start, place?)))
            .partition(|(start, _)| is_old(*start));
        gone.extend(old.into_iter().map(|(_, place)| place));
        *starts = pairs.into_iter().map(|(start, _)| start).collect();
        let kept = reservations.iter().enumerate().filter(|(place, _)| !gone.contains(place));
        *reservations = kept.map(|(_, reservation)| *reservation).collect();
    }

    /// Forgets the only start, and the reservation that it took.
    fn take(&mut self, address: usize, now: u64) {
        self.settle(address, now);
        let (places, _) = self.matched(&self.addresses[address]);
        let Address { reservations, starts } = &mut self.addresses[address];
        starts.clear();
        if let Some(place) = places.into_iter().flatten().next() {
            reservations.remove(place);
        }
    }
}

impl Subject for Facts {
    fn admits(&mut self, _: u64, address: u8, limit: u32, now: u64) -> bool {
        let admits = self.counted(now) < limit;
        if admits {
            self.addresses[usize::from(address)].reservations.push(now);
        }
        admits
    }

    fn started(&mut self, session: usize, address: u8, at: u64, now: u64) {
        let address = usize::from(address);
        let starts = &mut self.addresses[address].starts;
        starts.insert(starts.partition_point(|start| *start <= at), at);
        if self.matching == Matching::AsTold {
            self.take(address, now);
        } else {
            self.settle(address, now);
        }
        if !self.ended_first.remove(&session) {
            self.sessions.insert(session);
        }
    }

    fn ended(&mut self, session: usize, _: u64, _: u64) {
        if !self.sessions.remove(&session) {
            self.ended_first.insert(session);
        }
    }

    fn counted(&self, now: u64) -> u32 {
        let open = |address: &Address| {
            let (_, taken) = self.matched(address);
            let reservations = address.reservations.iter().zip(taken);
            reservations.filter(|(created, taken)| !taken && *created + self.ttl > now).count()
        };
        let open: usize = self.addresses.iter().map(open).sum();
        u32::try_from(self.sessions.len() + open).expect("few slots")
    }
}

fn tally(row: &Row, matching: Matching) -> Tally {
    let s = Duration::from_secs;
    let times = row.times(LeaseTimes::default().with_login_time(s(15)).with_skew(s(2)));
    run(&row.traffic, Facts::new(matching, times), times, 1)
}

fn breaches(row: &Row, matching: Matching) -> Vec<String> {
    row.breaches(LedgerKind::Lease, &tally(row, matching))
}

#[test]
fn all_that_is_allowed_in_the_first_worlds_can_be_kept() {
    for row in Row::first() {
        assert_eq!(breaches(&row, Matching::ByFacts), Vec::<String>::new(), "{row}");
    }
}

#[test]
fn the_bound_can_be_kept_in_all_worlds() {
    for mut row in Row::further() {
        row.traffic.lasts = Duration::from_secs(10 * 60);
        assert_eq!(breaches(&row, Matching::ByFacts), Vec::<String>::new(), "{row}");
    }
}

/// The control. A ledger that matches starts in the order in which it is told of them exceeds the
/// bound. It does so in each world whose log is out of order by more than the time of a login.
#[test]
fn the_order_of_messages_matters_where_starts_are_matched_as_they_are_told_of() {
    let reorders = |row: &Row| row.traffic.delay.1 - row.traffic.delay.0 > Duration::from_secs(20);
    let rows: Vec<_> = Row::first().into_iter().filter(reorders).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let exceeded = tally(&row, Matching::AsTold).exceeded;
        assert!(exceeded.most > 0, "{row}: {exceeded:?}");
    }
}
