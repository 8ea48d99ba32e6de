//! The matching, made again from all that the table still remembers.

use session_limit_core::ledger::lease::state_machine::{Class, Pair};
use session_limit_core::time::Timestamp;

use super::TICK;
use super::state::State;

impl State {
    /// S4: each start, in the order of event times, has the oldest eligible reservation that no
    /// earlier start has. A start without one is not remembered.
    pub(super) fn follows_from_the_facts(&self) -> bool {
        self.classes().into_iter().all(|class| {
            let pairs = self.pairs_of(class);
            let mut starts: Vec<_> = pairs.iter().map(|pair| pair.start).collect();
            starts.sort_unstable();
            let mut free: Vec<_> = pairs.iter().map(|pair| pair.created).collect();
            let open = self.table.reservations().iter();
            let open = open.filter(|lease| Class::of_reservation(lease) == Some(class));
            free.extend(open.map(|lease| lease.created));
            free.sort_unstable();
            self.are_real(class, &starts, &free) && self.matched(&starts, free) == Some(pairs)
        })
    }

    fn pairs_of(&self, class: Class) -> Vec<Pair> {
        let pairs = self.table.pairs().filter(|(of, _)| *of == class);
        pairs.map(|(_, pair)| pair).collect()
    }

    /// True if there have been such starts and such reservations, each no more than once.
    fn are_real(&self, class: Class, starts: &[Timestamp], reserved: &[Timestamp]) -> bool {
        let connections = || self.connections.iter().filter(|c| c.class == class);
        let handled = connections().filter(|c| c.connected.is_handled);
        let handled: Vec<_> = handled.filter_map(|c| c.connected.at).collect();
        let made: Vec<_> = connections().filter_map(|c| c.reserved).collect();
        is_part_of(starts, handled) && is_part_of(reserved, made)
    }

    /// Returns the pairs by the rule, or `None` if a start has no reservation.
    fn matched(&self, starts: &[Timestamp], mut free: Vec<Timestamp>) -> Option<Vec<Pair>> {
        let Self { bounds, .. } = self;
        let mut pairs = Vec::new();
        for start in starts {
            let earliest = start.before(TICK * (bounds.login_ticks + bounds.skew_ticks));
            let latest = start.after(TICK * bounds.skew_ticks);
            let eligible = |created: &Timestamp| (earliest..=latest).contains(created);
            let created = free.remove(free.iter().position(eligible)?);
            pairs.push(Pair { start: *start, created });
        }
        Some(pairs)
    }
}

fn is_part_of(some: &[Timestamp], mut all: Vec<Timestamp>) -> bool {
    some.iter().all(|one| {
        let place = all.iter().position(|other| other == one);
        place.map(|place| all.swap_remove(place)).is_some()
    })
}
