//! Handlers at once: on a user's table, and on the records of the user's sessions.
//!
//! A handler is the ledger's own future, one request to the store after the other. A future can
//! neither be copied nor compared, so the state of a handler is the list of replies it has had,
//! from which it is run anew to learn what it asks next. Between any two requests of a handler
//! others may run, it may crash and be started again as Lambda does, an answer may not come, and
//! so much time may go by that tombstones and tables expire. A write whose handler has crashed or
//! waits no more may still be carried out, at any later time.

mod act;
mod properties;
mod requests;
mod script;
mod state;

use std::time::Duration;

use session_limit_core::ledger::{KeyPhase, LeaseSettings, LeaseTimes};
use stateright::{Model, Property};

pub use act::Act;
pub use state::State;

/// How large a world is explored.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The user's connections.
    pub connections: usize,
    /// The user's limit; a world for each.
    pub limits: &'static [u32],
    /// Handlers that run at once.
    pub handlers: usize,
    /// How many events are delivered once more than necessary.
    pub duplicates: u8,
    /// How many handlers crash or wait for an answer in vain.
    pub faults: u8,
    /// How often a reservation's life goes by.
    pub leaps: u8,
    /// Whether so many other sessions end that a tombstone is dropped.
    pub churn: bool,
    /// Whether sessions show a sign of life.
    pub activity: bool,
}

/// The model: a world within bounds.
#[derive(Clone, Debug)]
pub struct ProtocolModel {
    bounds: Bounds,
    settings: LeaseSettings,
}

impl ProtocolModel {
    /// The model within `bounds`.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        // A reservation outlives what a tombstone lives at the least, so that a leap takes its life.
        let times = LeaseTimes::new(Duration::from_secs(100), Duration::from_secs(4 * 3_600))
            .expect("times that make sense")
            .with_skew(Duration::from_secs(1));
        let settings =
            LeaseSettings { times, key_phase: KeyPhase::Strict, ..LeaseSettings::default() };
        Self { bounds, settings }
    }

    /// How long a leap takes: a tombstone's life, but less than that of the item it is in.
    fn leap(&self) -> Duration {
        let times = &self.settings.times;
        times.reservation_ttl() + times.skew() * 3
    }
}

impl Model for ProtocolModel {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        let names_user = [false, true];
        let states = self.bounds.limits.iter().flat_map(|limit| {
            names_user.map(|names_user| State::new(&self.bounds, *limit, names_user))
        });
        states.collect()
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        state.acts(self, acts);
    }

    fn next_state(&self, state: &State, act: Act) -> Option<State> {
        let mut next = state.clone();
        next.perform(act, self);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all(&self.bounds)
    }
}
