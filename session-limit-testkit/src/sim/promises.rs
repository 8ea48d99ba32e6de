//! The promises, checked whenever a ledger has answered or has handled anything.

use session_limit_core::ledger::KeyPhase;
use session_limit_core::ledger::lease::Table;
use session_limit_core::login::Phase;
use session_limit_core::time::Timestamp;

use super::causes::{self, UNEXPLAINED};
use super::lease::{Kind, Lease, of_table, of_table_at};
use super::leases::longest_silence;
use super::time::{SECOND, millis};
use super::truth::{Call, Over, Refusal};
use super::world::World;

impl World {
    /// Checks S1 and L1, if the ledger keeps leases.
    pub(super) fn check_leases(&mut self, user: usize) {
        if let Some(table) = self.table_of_slow_host(user) {
            self.check_idle(&of_table(&table));
            self.check_coverage(user, &table);
        }
    }

    /// Checks L1: a slot that is taken for nobody comes back in time.
    pub(super) fn check_idle(&mut self, leases: &[Lease]) {
        for idle in self.idle(leases) {
            let taken_for = (self.now - idle.since) / SECOND;
            let stuck = self.report.stuck.entry(idle.cause).or_default();
            stuck.longest = stuck.longest.max(taken_for);
            if self.now > idle.until {
                let overdue = self.report.overdue.entry(idle.cause).or_default();
                overdue.longest = overdue.longest.max(taken_for);
                if !std::mem::replace(&mut self.calls[idle.call].told_overdue, true) {
                    overdue.count += 1;
                }
            }
        }
    }

    /// Checks S1: every session, and every login that will become one, is covered by a lease of its
    /// own, by any host's clock.
    ///
    /// The session of another login may have consumed its reservation. Then the reservation of that
    /// login covers this one, if it counts against as many.
    fn check_coverage(&mut self, user: usize, table: &Table) {
        let soonest = Timestamp::from_millis(self.now).after(self.config.times.skew() / 2);
        let leases = of_table_at(table, soonest);
        let has = |call, kind| leases.contains(&Lease { call, kind });
        let reserved = |lease: &&Lease| lease.kind == Kind::Reservation;
        let mut spare: Vec<usize> = leases.iter().filter(reserved).map(|l| l.call).collect();
        let held = self.held[user].calls.iter().copied();
        let mut bare: Vec<usize> = held.filter(|call| !has(*call, Kind::Session)).collect();
        let mut take = |bare: &mut Vec<usize>, covers: &dyn Fn(usize, usize) -> bool| {
            bare.retain(|call| match spare.iter().position(|other| covers(*other, *call)) {
                Some(place) => {
                    spare.swap_remove(place);
                    false
                }
                None => true,
            });
        };
        take(&mut bare, &|other, call| other == call);
        // Whoever has a reason for having none has it last.
        bare.sort_by_key(|call| self.why_uncovered(&self.calls[*call]).is_some());
        take(&mut bare, &|other, call| self.calls[other].class() == self.calls[call].class());
        let is_strict = self.config.key_phase == KeyPhase::Strict;
        take(&mut bare, &|other, _| is_strict || self.calls[other].phase == Phase::Password);
        for call in bare {
            if !std::mem::replace(&mut self.calls[call].told_uncovered, true) {
                let cause = self.why_uncovered(&self.calls[call]).unwrap_or(UNEXPLAINED);
                *self.report.uncovered.entry(cause).or_default() += 1;
            }
        }
    }

    /// The reason why no lease may cover a session, or a login that will become one.
    fn why_uncovered(&self, call: &Call) -> Option<&'static str> {
        let times = self.config.times;
        let (ttl, skew) = (millis(times.reservation_ttl()), millis(times.skew()));
        let held = &self.held[call.user];
        // What was lost may also have told the session of another login from this one's.
        if call.record_lost || held.lost.is_some_and(|lost| lost + ttl + 2 * skew >= call.asked) {
            return Some(causes::STORE_LOST);
        }
        if call.start_handled {
            let silence = self.now.saturating_sub(call.heard) + skew;
            return (silence >= longest_silence(&times)).then_some(causes::SILENT);
        }
        if call.looked {
            return Some(causes::LOOKED);
        }
        // The late start of another login may have consumed this one's reservation.
        let is_late = self.now + 2 * skew >= call.asked + ttl;
        let after_late = held.late_start.is_some_and(|late| late >= call.asked);
        (is_late || after_late).then_some(causes::LATE_START)
    }

    /// The reason why a session, or a login that will become one, does not count against `other`.
    fn why_uncounted(&self, number: usize, other: &Call, leases: &[Lease]) -> Option<&'static str> {
        let call = &self.calls[number];
        if self.is_counter() {
            let counts = leases.contains(&Lease { call: number, kind: Kind::Unit });
            return call.uncounted.filter(|_| !counts);
        }
        if leases.contains(&Lease { call: number, kind: Kind::Session }) {
            return None;
        }
        let counts_for_own_address =
            self.config.key_phase != KeyPhase::Strict && call.phase == Phase::Key;
        let elsewhere = counts_for_own_address && call.address != other.address;
        self.why_uncovered(call).or(elsewhere.then_some(causes::OTHER_ADDRESS))
    }

    /// Checks S2: an admitted login fits the limit, whether it becomes a session or not.
    pub(super) fn check_admission(&mut self, number: usize, counted: u32) {
        let call = &self.calls[number];
        let (user, limit) = (call.user, call.limit);
        let becomes_session = call.state.holds();
        let count = self.held[user].count() + u32::from(!becomes_session);
        if count <= limit {
            return;
        }
        let excess = (count - limit) as usize;
        let cause = self.why_over_admitted(number, excess, counted);
        if !becomes_session {
            *self.report.admitted_in_vain.entry(cause).or_default() += 1;
            return;
        }
        let over = self.report.over_admissions.entry(cause).or_default();
        over.count += 1;
        over.most = over.most.max(count - limit);
        let held = self.held[user].calls.clone();
        self.held[user].over.push(Over { call: number, held, cause });
    }

    /// The cause of an admission above the limit: as many sessions as are too many did not count.
    fn why_over_admitted(&self, number: usize, excess: usize, counted: u32) -> &'static str {
        let call = &self.calls[number];
        let leases = match self.table_of(call.user) {
            Some(table) => of_table(&table),
            None => self.units.of(self.units.key(call.user)),
        };
        let others = self.held[call.user].calls.iter().filter(|other| **other != number);
        let mut causes: Vec<_> =
            others.filter_map(|other| self.why_uncounted(*other, call, &leases)).collect();
        if self.is_naive() {
            let unread = counted.saturating_sub(call.limit) as usize;
            causes.extend(std::iter::repeat_n(causes::RACE, unread));
        }
        causes::decisive(&causes).filter(|_| causes.len() >= excess).unwrap_or(UNEXPLAINED)
    }

    /// Judges a refusal by L3: as many slots are taken as the limit, each for a session or for a
    /// reason.
    pub(super) fn judge_refusal(&self, number: usize) -> Refusal {
        let call = &self.calls[number];
        let Some(free) = call.limit.checked_sub(self.held[call.user].count()).filter(|n| *n > 0)
        else {
            return Refusal::Right;
        };
        let leases = self.leases_at(call.user, call.clock);
        let against = |lease: &&Lease| lease.call != number && self.counts_against(**lease, call);
        let leases: Vec<_> = leases.iter().filter(against).copied().collect();
        let mut idle = self.idle(&leases);
        idle.sort_by_key(|idle| idle.since);
        let is_elsewhere = |lease: &&Lease| {
            let other = &self.calls[lease.call];
            other.state.holds() && other.user != call.user
        };
        let mut causes: Vec<_> =
            leases.iter().filter(is_elsewhere).map(|_| causes::SHARED).collect();
        causes.extend(idle.iter().map(|idle| idle.cause));
        let is_enough = causes.len() >= free as usize;
        Refusal::False(causes::decisive(&causes).filter(|_| is_enough).unwrap_or(UNEXPLAINED))
    }

    /// Marks the admissions that a reported overdraft tells of: those above the limit whose
    /// sessions the ledger knows in as great a number.
    pub(super) fn overdraft_reported(&mut self, user: usize) {
        let Some(table) = self.table_of(user).filter(|_| !self.held[user].over.is_empty()) else {
            return;
        };
        let leases = of_table(&table);
        let held = &mut self.held[user];
        let (calls, counted) = (&held.calls, &mut self.report.over_admissions);
        held.over.retain(|over| {
            let is_known = |call: &&usize| {
                calls.contains(call)
                    && leases.contains(&Lease { call: **call, kind: Kind::Session })
            };
            let known = over.held.iter().filter(is_known).count();
            let is_seen = known > self.calls[over.call].limit as usize;
            if is_seen {
                counted.entry(over.cause).or_default().reported += 1;
            }
            !is_seen
        });
    }
}
