//! The log of a simulated world: its messages, and when and how often each is delivered.

use fastrand::Rng;

use super::attempts::exponential;
use super::time::{DAY, MINUTE, SECOND, START};
use super::{Fault, Faults};

/// The time that the log is silent in a gap.
const GAP: u64 = 10 * MINUTE;

/// One message of the log.
pub(super) struct Message {
    /// The call that became the session.
    pub(super) call: usize,
    pub(super) kind: Kind,
    /// The time of the event, by the log's clock.
    pub(super) at: u64,
    pub(super) handled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    Activity,
    End,
}

/// The delays, losses and repetitions of messages.
pub(super) struct Log {
    faults: Faults,
    /// The time at which the current gap began, or the next one will.
    gap: u64,
    /// The random numbers for gaps, which come whatever is logged.
    rng: Rng,
}

impl Log {
    pub(super) fn new(faults: Faults, mut rng: Rng) -> Self {
        Self { faults, gap: START + pause(&mut rng), rng }
    }

    /// Ends all faults of the log.
    pub(super) fn heal(&mut self) {
        self.faults = Faults::NONE;
    }

    /// The times at which a message logged at `now` is delivered; none if it is lost.
    pub(super) fn deliveries(
        &mut self,
        kind: Kind,
        now: u64,
        may_be_lost: bool,
        rng: &mut Rng,
    ) -> Vec<u64> {
        if self.is_lost(kind, now, rng) && may_be_lost {
            return Vec::new();
        }
        let mut times = vec![now + self.delay(rng)];
        if self.faults.has(Fault::LostStarts) && kind == Kind::Start && rng.u8(0..100) == 0 {
            times = vec![now + rng.u64(5 * MINUTE..DAY / 4)]; // as good as lost
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
        while now >= self.gap + GAP {
            self.gap += pause(&mut self.rng);
        }
        let fault = match kind {
            Kind::Start => Fault::LostStarts,
            Kind::Activity | Kind::End => Fault::LostEnds,
        };
        (self.faults.has(Fault::Gaps) && now >= self.gap)
            || (self.faults.has(fault) && rng.u8(0..100) == 0)
    }

    fn delay(&self, rng: &mut Rng) -> u64 {
        if !self.faults.has(Fault::Delay) {
            return 500;
        }
        let usual = (exponential(2_000.0, rng) as u64).min(30 * SECOND) + 100;
        if rng.u8(0..20) == 0 { usual + rng.u64(0..30 * SECOND) } else { usual }
    }
}

/// The time from one gap to the next.
fn pause(rng: &mut Rng) -> u64 {
    rng.u64(DAY / 2..3 * DAY)
}
