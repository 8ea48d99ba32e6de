//! The matching of starts and reservations of one class.
//!
//! In the order of their event times, each start has the oldest eligible reservation that no
//! earlier start has. So the matching depends on the facts alone, and not on the order in which the
//! log delivered them. A start that is handled late takes what it would have taken in time, and
//! each later start moves on to the next one.

use std::time::Duration;

use crate::time::Timestamp;

/// A start and the reservation that it has, without names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The time at which the session started, by the log's clock.
    pub start: Timestamp,
    /// The time at which the reservation was made.
    pub created: Timestamp,
}

/// The reach of a start: the times around it at which its own reservation may have been made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub(super) login_time: Duration,
    pub(super) skew: Duration,
}

impl Reach {
    /// True if a reservation made at `created` may belong to a start at `start`.
    pub(super) fn covers(self, start: Timestamp, created: Timestamp) -> bool {
        created >= self.earliest(start) && created <= start.after(self.skew)
    }

    fn earliest(self, start: Timestamp) -> Timestamp {
        start.before(self.login_time).before(self.skew)
    }

    /// The latest start that could have a reservation in reach of `start`.
    fn latest_rival(self, start: Timestamp) -> Timestamp {
        start.after(self.login_time).after(self.skew).after(self.skew)
    }
}

/// The result of a start that enters the matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    /// The open reservation in this place is taken, by it or by a later start that made room.
    Took(usize),
    /// It displaces a later start from its reservation, and none is left for that one.
    Displaced,
    /// There is none for it.
    Nothing,
}

/// Lets a start at `at` have a reservation. `pairs` are in the order of their starts, `open` are the
/// times at which the open reservations were made, the oldest first.
///
/// A start that goes without is forgotten at once: remembered, it would take the reservation of a
/// later login.
pub(super) fn enter(
    pairs: &mut Vec<Pair>,
    open: &[Timestamp],
    at: Timestamp,
    reach: Reach,
) -> Entered {
    let mut start = at;
    loop {
        let place = pairs.partition_point(|pair| pair.start <= start);
        let free = open.iter().enumerate().find(|(_, created)| reach.covers(start, **created));
        let held = oldest_of_later(pairs, place, start, reach);
        match (free, held) {
            (Some((free, created)), held)
                if held.is_none_or(|(_, pair)| *created <= pair.created) =>
            {
                pairs.insert(place, Pair { start, created: *created });
                return Entered::Took(free);
            }
            (_, Some((held, pair))) => {
                // The later start makes room and looks for another.
                if let Some(moved) = pairs.get_mut(place..=held) {
                    moved.rotate_right(1);
                    moved.iter_mut().take(1).for_each(|first| first.start = start);
                }
                start = pair.start;
            }
            (None, None) if start == at => return Entered::Nothing,
            _ => return Entered::Displaced,
        }
    }
}

/// The oldest reservation in reach of `start` that a later start has, and its place.
fn oldest_of_later(
    pairs: &[Pair],
    from: usize,
    start: Timestamp,
    reach: Reach,
) -> Option<(usize, Pair)> {
    let later = pairs.iter().copied().enumerate().skip(from);
    later
        .take_while(|(_, pair)| pair.start <= reach.latest_rival(start))
        .filter(|(_, pair)| reach.covers(start, pair.created))
        .min_by_key(|(_, pair)| pair.created)
}

#[cfg(test)]
mod tests;
