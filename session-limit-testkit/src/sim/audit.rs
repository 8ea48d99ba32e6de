//! The hourly audit: what the ledger counts, compared with the truth.

use std::collections::BTreeMap;

use session_limit_core::time::Timestamp;

use super::causes::COUNTER_EXPIRED;
use super::lease::Lease;
use super::report::Sample;
use super::world::World;

impl World {
    pub(super) fn audit(&mut self) {
        let hour = u32::try_from(self.report.samples.len()).unwrap_or(u32::MAX) + 1;
        let held = self.held.iter().map(|held| held.count()).sum();
        let mut sample = Sample { hour, held, counted: 0 };
        let uncounted = if self.is_counter() {
            self.audit_counters(&mut sample)
        } else {
            self.audit_tables(&mut sample)
        };
        self.report.uncounted_hours += u64::from(uncounted);
        self.report.samples.push(sample);
    }

    /// Compares the tables with the truth. Returns the number of sessions that are not counted.
    fn audit_tables(&mut self, sample: &mut Sample) -> u32 {
        let mut uncounted = 0;
        for user in 0..self.users.len() {
            let leases = self.leases(user);
            let counted = count(&leases);
            self.audit_idle(&leases);
            self.check_leases(user);
            sample.counted += counted;
            uncounted += self.held[user].count().saturating_sub(counted);
        }
        uncounted
    }

    /// Does the same for counters, of which several users may share one.
    fn audit_counters(&mut self, sample: &mut Sample) -> u32 {
        let now = Timestamp::from_millis(self.now);
        for key in self.units.keys() {
            if self.look.count(&key, now) == Some(0) {
                self.units.forget(&key, COUNTER_EXPIRED, &mut self.calls);
            }
            let leases = self.units.of(&key);
            self.audit_idle(&leases);
            self.check_idle(&leases);
            sample.counted += count(&leases);
        }
        let mut held = BTreeMap::<_, u32>::new();
        for (user, of_user) in self.held.iter().enumerate() {
            *held.entry(self.units.key(user)).or_default() += of_user.count();
        }
        held.into_iter().map(|(key, held)| held.saturating_sub(count(&self.units.of(key)))).sum()
    }

    fn audit_idle(&mut self, leases: &[Lease]) {
        let mut slots = BTreeMap::<_, u32>::new();
        for idle in self.idle(leases) {
            *slots.entry(idle.cause).or_default() += 1;
        }
        for (cause, slots) in slots {
            let stuck = self.report.stuck.entry(cause).or_default();
            stuck.slot_hours += u64::from(slots);
            stuck.most = stuck.most.max(slots);
        }
    }
}

fn count(leases: &[Lease]) -> u32 {
    u32::try_from(leases.len()).unwrap_or(u32::MAX)
}
