//! The matching of starts and reservations, worked out again from all that is remembered.

use std::time::Duration;

use session_limit_core::ledger::LeaseTimes;
use session_limit_core::names::Token;
use session_limit_core::time::Timestamp;

/// The reservations of one class: of logins by one phase, from one address.
#[derive(Default)]
pub(super) struct Matching {
    /// The reservations that no start has: the time when each was made, and the login that made it.
    open: Vec<(Timestamp, Token)>,
    /// The pairs: the time of each start, and the time when its reservation was made.
    pairs: Vec<(Timestamp, Timestamp)>,
}

impl Matching {
    pub(super) fn reserve(&mut self, created: Timestamp, token: Token) {
        self.open.push((created, token));
        self.open.sort_unstable();
    }

    pub(super) fn release(&mut self, token: &Token) {
        self.open.retain(|(_, other)| other != token);
    }

    /// Takes note of a start that is handled for the first time. Each start, in the order of their
    /// times, has the oldest reservation in its reach that no earlier one has.
    pub(super) fn start(
        &mut self,
        at: Timestamp,
        now: Timestamp,
        login_time: Duration,
        times: &LeaseTimes,
    ) {
        let oldest = now.before(times.reservation_ttl()).before(times.skew() * 2);
        self.pairs.retain(|(start, _)| *start > oldest);
        self.open.retain(|(created, _)| is_open(*created, now, times));
        if at <= oldest {
            return;
        }
        let taken = self.pairs.iter().map(|(_, created)| *created);
        let mut free: Vec<_> = taken.chain(self.open.iter().map(|(created, _)| *created)).collect();
        free.sort_unstable();
        let mut starts: Vec<_> = self.pairs.iter().map(|(start, _)| *start).chain([at]).collect();
        starts.sort_unstable();
        self.pairs.clear();
        for start in starts {
            let reach = start.before(login_time).before(times.skew())..=start.after(times.skew());
            if let Some(place) = free.iter().position(|created| reach.contains(created)) {
                self.pairs.push((start, free.remove(place)));
            }
        }
        // Who made a reservation matters only as long as it may be given back.
        self.open.reverse();
        let is_left = |(created, _): &(Timestamp, Token)| {
            let place = free.iter().position(|free| free == created);
            place.map(|place| free.remove(place)).is_some()
        };
        self.open.retain(is_left);
        self.open.reverse();
    }

    /// Number of reservations that count and that no start has.
    pub(super) fn open(&self, now: Timestamp, times: &LeaseTimes) -> usize {
        self.open.iter().filter(|(created, _)| is_open(*created, now, times)).count()
    }
}

fn is_open(created: Timestamp, now: Timestamp, times: &LeaseTimes) -> bool {
    created.after(times.reservation_ttl()) > now
}
