//! Handlers that run at once, on a user's table and on the records of the user's sessions.
//!
//! A handler is the ledger's own future: one request to the store after the other. A future can
//! neither be copied nor compared. So the state of a handler is the list of replies it has had. To
//! learn what it asks next, the handler is run again through these replies.
//!
//! Between any two requests of a handler, all of this may happen:
//!
//! - Other handlers run.
//! - The handler crashes, and is started again as Lambda does.
//! - An answer does not come.
//! - So much time goes by that tombstones and tables expire.
//!
//! A write may still be carried out at any later time after its handler has crashed or has stopped
//! waiting.

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

/// The bounds of a world that is explored.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Number of the user's connections.
    pub connections: usize,
    /// The limits of the user. The model starts with each of them.
    pub limits: &'static [u32],
    /// Number of handlers that may run at once.
    pub handlers: usize,
    /// Number of events that are delivered once more than necessary.
    pub duplicates: u8,
    /// Number of handlers that crash or wait for an answer in vain.
    pub faults: u8,
    /// Number of times that the life of a reservation goes by.
    pub leaps: u8,
    /// True if so many other sessions end that a tombstone is dropped.
    pub churn: bool,
    /// True if sessions show signs of life.
    pub activity: bool,
}

/// The model: a world within bounds.
#[derive(Clone, Debug)]
pub struct ProtocolModel {
    bounds: Bounds,
    settings: LeaseSettings,
}

impl ProtocolModel {
    /// Creates the model within `bounds`.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        // A reservation outlives what a tombstone lives at the least, so that a leap takes its life.
        let times = LeaseTimes::new(Duration::from_secs(100), Duration::from_secs(4 * 3_600))
            .expect("times that make sense")
            .with_skew(Duration::from_secs(1));
        let settings = LeaseSettings::default().with_times(times).with_key_phase(KeyPhase::Strict);
        Self { bounds, settings }
    }

    /// The time that a leap takes: a tombstone's life, but less than the life of the item that
    /// holds it.
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
