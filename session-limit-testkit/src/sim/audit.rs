//! Every hour: what the ledger counts, next to the truth.

use std::collections::BTreeMap;

use session_limit_core::ledger::KeyScope;
use session_limit_core::time::Timestamp;

use super::causes::{COUNTER_TOO_HIGH, UNEXPLAINED};
use super::report::{Sample, Stuck};
use super::world::{HOUR, World};

impl World {
    pub(super) fn audit(&mut self) {
        let hour = u32::try_from(self.report.samples.len()).unwrap_or(u32::MAX) + 1;
        let mut sample = Sample { hour, held: 0, counted: 0 };
        for user in 0..self.users.len() {
            let held = self.held[user].count();
            let counted = match self.table_of(user) {
                Some(table) => {
                    let mut causes = BTreeMap::new();
                    for cause in self.leases_of_nobody(user, &table) {
                        *causes.entry(cause).or_default() += 1;
                    }
                    self.stuck(causes);
                    table.counted(None, KeyScope::Everybody)
                }
                None => {
                    let user = &self.users[user];
                    let now = Timestamp::from_millis(self.now);
                    let server = &self.servers[user.server].id;
                    let counted = self.look.count(server, &user.name, now).unwrap_or(0);
                    if counted > held {
                        self.stuck(BTreeMap::from([(COUNTER_TOO_HIGH, counted - held)]));
                    }
                    counted
                }
            };
            self.report.uncounted_hours += u64::from(held.saturating_sub(counted));
            if self.calm && self.is_drained() {
                // A login that was on its way when all was calmed may still hold its session.
                self.report.stuck_beyond_bounds += u64::from(counted.saturating_sub(held));
            }
            sample.held += held;
            sample.counted += counted;
        }
        self.report.samples.push(sample);
    }

    fn stuck(&mut self, causes: BTreeMap<&'static str, u32>) {
        for (cause, slots) in causes {
            if cause == UNEXPLAINED {
                self.report.stuck_beyond_bounds += u64::from(slots);
            }
            let sum: &mut Stuck = self.report.stuck.entry(cause).or_default();
            sum.slot_hours += u64::from(slots);
            sum.most = sum.most.max(slots);
        }
    }

    /// Everything has ended, and what had to expire has.
    fn is_drained(&self) -> bool {
        let ttl = self.config.times.session_ttl().as_millis() as u64;
        let days = u64::from(self.config.days) * 24 * HOUR;
        self.now >= super::world::START + days + ttl + HOUR
    }
}
