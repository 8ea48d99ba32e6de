//! The table of one user: logins, sessions, the delays, losses and duplicates of their log, and
//! time.
//!
//! Time goes by in ticks of a minute, the shortest life of a tombstone. Every world breaks one
//! assumption on purpose: a `CONNECTED` may be handled when its reservation has expired. Until then
//! its session is not covered. Nothing else is excused: no other login may lose its slot by it.
//! [`Bounds`] says what else happens in a world.

mod act;
mod bounds;
mod coverage;
mod effect;
mod facts;
mod fingerprint;
mod properties;
mod state;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use session_limit_core::ledger::KeyScope;
use session_limit_core::ledger::lease::state_machine::Rules;
use session_limit_core::ledger::lease::{Capacity, LeaseTimes};
use stateright::{Model, Property};

pub use act::Act;
pub use bounds::{Bounds, Client};
pub use state::State;

const TICK: Duration = Duration::from_secs(60);

/// The model: a world within bounds.
#[derive(Clone, Debug)]
pub struct TableModel {
    bounds: Bounds,
    rules: Rules,
    /// The things that have been seen so far. A world in which nothing of interest happens is too
    /// weak.
    sights: Arc<AtomicU32>,
}

/// A thing that should happen in some state.
#[derive(Clone, Copy, Debug)]
enum Sight {
    Refusal,
    TombstoneHit,
    StrangerConsumed,
    RoomMade,
    OtherAddress,
    EarlyStart,
    LateMatch,
    Renewal,
}

impl TableModel {
    /// Creates the model within `bounds`.
    ///
    /// # Panics
    /// The bounds give a session a shorter life than a reservation.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        let login_time = TICK * bounds.login_ticks;
        let times = LeaseTimes::new(TICK * bounds.reservation_ticks, TICK * bounds.session_ticks)
            .expect("times that make sense")
            .with_login_time(login_time)
            .with_key_login_time(login_time)
            .with_skew(TICK * bounds.skew_ticks);
        let rules = Rules { times, scope: KeyScope::Everybody, capacity: Capacity::of(1 << 20) };
        Self { bounds, rules, sights: Arc::default() }
    }

    fn saw(&self, sight: Sight) {
        self.sights.fetch_or(1 << sight as u32, Ordering::Relaxed);
    }

    fn has_seen(&self, sight: Sight) -> bool {
        self.sights.load(Ordering::Relaxed) & 1 << sight as u32 != 0
    }
}

impl Model for TableModel {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        self.bounds.users.iter().map(|clients| State::new(clients, self.bounds)).collect()
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        state.acts(self, acts);
    }

    fn next_state(&self, state: &State, act: Act) -> Option<State> {
        let mut next = state.clone();
        next.perform(act, self).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all(&self.bounds)
    }
}
