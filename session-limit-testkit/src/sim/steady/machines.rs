//! The machines and their log, and their events in the order in which they happen.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;
use session_limit_core::ledger::LeaseTimes;

use super::bound::Bound;
use super::subject::{Real, Subject};
use super::tally::{Point, Tally};
use super::traffic::{Login, Traffic};
use super::truth::Truth;
use crate::sim::LedgerKind;
use crate::sim::time::{SECOND, START, millis};

/// The time from one point of the picture to the next.
const POINT: u64 = 20 * SECOND;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Login,
    Start {
        session: usize,
        delay: u64,
    },
    End {
        session: usize,
        delay: u64,
    },
    /// The message of a start that was logged at `at` is handled.
    StartHandled {
        session: usize,
        at: u64,
    },
    /// The message of an end that was logged at `at` is handled.
    EndHandled {
        session: usize,
        at: u64,
    },
    Point,
}

struct Machines<'a, S> {
    traffic: &'a Traffic,
    ledger: S,
    rng: Rng,
    now: u64,
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    queued: u64,
    /// The address that each session comes from.
    addresses: Vec<u8>,
    truth: Truth,
    bound: Bound,
    /// The number of slots that were taken when the ledger was last looked at.
    counted: u32,
    /// The number of them that were then held for nobody and above the bound.
    above: u32,
    /// The sum of slots for nobody, each times the milliseconds that it was one.
    idle_time: u64,
    /// The time for which the bound was exceeded.
    exceeded_time: u64,
    tally: Tally,
}

/// Runs one world of steady machines. The same settings and seed give the same figures, and the
/// same logins whatever the ledger.
///
/// # Panics
/// The ledger gives no answer, or the traffic makes no sense: no rate, no address, a delay that
/// ends before it begins.
#[must_use]
pub fn simulate(traffic: &Traffic, ledger: LedgerKind, times: LeaseTimes, seed: u64) -> Tally {
    run(traffic, Real::new(ledger, times), times, seed)
}

/// Runs such a world on any ledger whose leases live for these times.
pub(super) fn run(traffic: &Traffic, ledger: impl Subject, times: LeaseTimes, seed: u64) -> Tally {
    let mut machines = Machines {
        traffic,
        ledger,
        rng: Rng::with_seed(seed),
        now: START,
        queue: BinaryHeap::new(),
        queued: 0,
        addresses: Vec::new(),
        truth: Truth::default(),
        bound: Bound::new(&times, traffic.addresses),
        counted: 0,
        above: 0,
        idle_time: 0,
        exceeded_time: 0,
        tally: Tally::default(),
    };
    let end = START + millis(traffic.lasts);
    machines.after(0, Event::Point);
    machines.next_login();
    while let Some(Reverse((time, _, event))) = machines.queue.pop() {
        machines.pass_time(time.min(end));
        if time > end {
            break;
        }
        machines.happen(event);
    }
    machines.tally(end - START)
}

impl<S: Subject> Machines<'_, S> {
    fn after(&mut self, pause: u64, event: Event) {
        self.queued += 1;
        self.queue.push(Reverse((self.now + pause, self.queued, event)));
    }

    fn next_login(&mut self) {
        let pause = self.traffic.pause(&mut self.rng);
        self.after(pause, Event::Login);
    }

    fn pass_time(&mut self, time: u64) {
        let idle = self.counted.saturating_sub(self.truth.held());
        self.tally.for_nobody.most = self.tally.for_nobody.most.max(idle);
        self.idle_time += u64::from(idle) * (time - self.now);
        self.exceeded_time += u64::from(self.above > 0) * (time - self.now);
        self.now = time;
    }

    fn happen(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Login => {
                let login = self.traffic.login(&mut self.rng);
                self.next_login();
                self.log_in(&login);
            }
            Event::Start { session, delay } => {
                self.after(delay, Event::StartHandled { session, at: now });
            }
            Event::End { session, delay } => {
                self.truth.ended(session);
                self.after(delay, Event::EndHandled { session, at: now });
            }
            Event::StartHandled { session, at } => {
                self.ledger.started(session, self.addresses[session], at, now);
                self.truth.start_handled(session);
                self.look(self.ledger.counted_at_answer(now));
            }
            Event::EndHandled { session, at } => {
                self.ledger.ended(session, at, now);
                self.truth.end_handled(session);
                self.look(self.ledger.counted_at_answer(now));
            }
            Event::Point => {
                let second = u32::try_from((now - START) / SECOND).unwrap_or(u32::MAX);
                self.look(self.ledger.counted(now));
                let (held, counted) = (self.truth.held(), self.counted);
                self.tally.points.push(Point { second, held, counted });
                self.after(POINT, Event::Point);
            }
        }
    }

    fn log_in(&mut self, login: &Login) {
        self.tally.logins += 1;
        let limit = self.traffic.limit;
        if self.ledger.admits(self.tally.logins, login.address, limit, self.now) {
            self.admitted(login);
        } else {
            self.refused();
        }
        self.look(self.ledger.counted_at_answer(self.now));
    }

    fn admitted(&mut self, login: &Login) {
        self.tally.admitted += 1;
        self.tally.above_limit += u64::from(self.truth.held() >= self.traffic.limit);
        self.bound.admitted(login.address, login.fails, self.now);
        if login.fails {
            return;
        }
        let session = self.truth.admitted();
        self.addresses.push(login.address);
        let length = millis(self.traffic.session);
        self.after(login.connect_time, Event::Start { session, delay: login.start_delay });
        self.after(login.connect_time + length, Event::End { session, delay: login.end_delay });
    }

    fn refused(&mut self) {
        let limit = self.traffic.limit;
        let held = self.truth.held();
        let known = held + self.truth.unhandled();
        let (_, failed) = self.bound.at(self.now);
        let wrongly = &mut self.tally.wrongly_refused;
        let refusals = if held >= limit {
            &mut self.tally.rightly_refused
        } else if known >= limit {
            &mut wrongly.log_delay
        } else if known + failed >= limit {
            &mut wrongly.failed_logins
        } else {
            &mut wrongly.beyond
        };
        *refusals += 1;
    }

    /// Compares the slots that are taken with the truth.
    fn look(&mut self, counted: u32) {
        let (held, unhandled) = (self.truth.held(), self.truth.unhandled());
        let (bound, _) = self.bound.at(self.now);
        self.counted = counted;
        self.above = counted.saturating_sub(held + unhandled + bound);
        let tally = &mut self.tally;
        tally.exceeded.most = tally.exceeded.most.max(self.above);
        tally.uncovered = tally.uncovered.max(held.saturating_sub(counted));
    }

    fn tally(mut self, lasted: u64) -> Tally {
        self.tally.for_nobody.mean = self.idle_time as f64 / lasted as f64;
        self.tally.exceeded.seconds = self.exceeded_time / SECOND;
        self.tally
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Gives everybody the same answer, and counts nobody.
    struct Blind {
        admits: bool,
    }

    impl Subject for Blind {
        fn admits(&mut self, _: u64, _: u8, _: u32, _: u64) -> bool {
            self.admits
        }

        fn started(&mut self, _: usize, _: u8, _: u64, _: u64) {}

        fn ended(&mut self, _: usize, _: u64, _: u64) {}

        fn counted(&self, _: u64) -> u32 {
            0
        }
    }

    fn tally(admits: bool, limit: u32) -> Tally {
        let s = Duration::from_secs;
        let traffic = Traffic {
            rate: 1.0,
            addresses: 2,
            session: s(20),
            delay: (s(5), s(6)),
            limit,
            failures: 1,
            lasts: s(600),
        };
        run(&traffic, Blind { admits }, LeaseTimes::default(), 1)
    }

    #[test]
    fn who_admits_everybody_and_counts_nobody_is_found_out() {
        let tally = tally(true, 5);
        assert_eq!(tally.admitted, tally.logins);
        assert!(tally.above_limit > tally.logins / 2, "some twenty sessions are live: {tally:?}");
        assert!(tally.uncovered > 20, "{tally:?}");
        assert_eq!(tally.for_nobody.most, 0);
    }

    #[test]
    fn a_refusal_is_wrong_if_and_only_if_a_slot_is_free() {
        let closed = tally(false, 0);
        assert_eq!((closed.rightly_refused, closed.wrongly_refused.sum()), (closed.logins, 0));
        let free = tally(false, 1);
        assert_eq!((free.rightly_refused, free.wrongly_refused.beyond), (0, free.logins));
    }
}
