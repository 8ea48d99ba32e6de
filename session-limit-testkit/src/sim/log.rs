//! The log of a simulated world: what it says, when it is delivered, and how often.

use fastrand::Rng;

use super::attempts::exponential;
use super::{Fault, Faults};

const SECOND: u64 = 1_000;
const DAY: u64 = 86_400 * SECOND;
/// How long the log is silent in a gap.
const GAP: u64 = 600 * SECOND;

/// One message of the log.
pub(super) struct Message {
    /// The call that became the session.
    pub(super) call: usize,
    pub(super) kind: Kind,
    /// By the log's clock.
    pub(super) at: u64,
    pub(super) handled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Activity,
    End,
}

/// When deliveries happen.
pub(super) struct Log {
    faults: Faults,
    gap_until: u64,
    next_gap: u64,
}

impl Log {
    pub(super) fn new(faults: Faults, rng: &mut Rng) -> Self {
        Self { faults, gap_until: 0, next_gap: rng.u64(DAY / 2..3 * DAY) }
    }

    /// From now on the log is as it should be.
    pub(super) fn heal(&mut self) {
        self.faults = Faults::NONE;
        self.gap_until = 0;
    }

    /// The times at which a message logged at `now` is delivered; none if it is lost.
    pub(super) fn deliveries(&mut self, kind: Kind, now: u64, rng: &mut Rng) -> Vec<u64> {
        if self.is_lost(kind, now, rng) {
            return Vec::new();
        }
        let mut times = vec![now + self.delay(rng)];
        if self.faults.has(Fault::LostStarts) && kind == Kind::Start && rng.u8(0..100) == 0 {
            times = vec![now + rng.u64(300 * SECOND..DAY / 4)]; // as good as lost
        }
        if self.faults.has(Fault::Duplicates) {
            if rng.u8(0..100) < 5 {
                times.push(now + self.delay(rng));
            }
            if rng.u8(0..200) == 0 {
                times.push(now + DAY + rng.u64(0..DAY / 4));
            }
        }
        times
    }

    fn is_lost(&mut self, kind: Kind, now: u64, rng: &mut Rng) -> bool {
        if self.faults.has(Fault::Gaps) && now >= self.next_gap {
            self.gap_until = self.next_gap + GAP;
            self.next_gap = now + rng.u64(DAY / 2..3 * DAY);
        }
        let fault = match kind {
            Kind::Start => Fault::LostStarts,
            Kind::Activity | Kind::End => Fault::LostEnds,
        };
        now < self.gap_until || (self.faults.has(fault) && rng.u8(0..100) == 0)
    }

    fn delay(&self, rng: &mut Rng) -> u64 {
        if !self.faults.has(Fault::Delay) {
            return 500;
        }
        let usual = (exponential(2_000.0, rng) as u64).min(30 * SECOND) + 100;
        if rng.u8(0..20) == 0 { usual + rng.u64(0..30 * SECOND) } else { usual }
    }
}
