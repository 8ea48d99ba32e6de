//! Running a model and saying what came of it.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// What an exploration found.
#[derive(Debug)]
pub struct Exploration {
    /// Different states.
    pub states: usize,
    /// Steps between them, those that lead to a known state included.
    pub steps: usize,
    /// The longest way that was needed to get to a state.
    pub depth: usize,
    /// How long it took.
    pub time: Duration,
    /// What is wrong: each broken property with the way there, and each thing that should have
    /// happened somewhere and never did.
    pub failures: Vec<String>,
}

impl Exploration {
    /// Explores `model` until something is broken, or else every state, on as many threads as
    /// there are processors.
    pub fn all_of<M>(model: M) -> Self
    where
        M: Model + Send + Sync + 'static,
        M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
        M::Action: Clone + Debug + PartialEq + Send + Sync,
    {
        let properties = model.properties();
        let start = Instant::now();
        let threads = std::thread::available_parallelism().map_or(1, |number| number.get());
        let checker = model
            .checker()
            .threads(threads)
            .finish_when(HasDiscoveries::AnyFailures)
            .spawn_bfs()
            .join();
        let time = start.elapsed();
        let mut found = checker.discoveries();
        let mut failures = Vec::new();
        let is_broken = properties.iter().any(|property| {
            property.expectation.discovery_is_failure() && found.contains_key(property.name)
        });
        for property in properties {
            match (property.expectation, found.remove(property.name)) {
                (Expectation::Sometimes, None) if !is_broken => {
                    failures.push(format!("never happens: {}", property.name));
                }
                (Expectation::Sometimes, _) | (_, None) => {}
                (_, Some(path)) => {
                    let last = format!("{:?}", path.last_state());
                    let acts = path.into_actions().into_iter().enumerate();
                    let acts: String =
                        acts.map(|(number, act)| format!("\n  {:2} {act:?}", number + 1)).collect();
                    failures.push(format!("broken: {}{acts}\n{last}", property.name));
                }
            }
        }
        Self {
            states: checker.unique_state_count(),
            steps: checker.state_count(),
            depth: checker.max_depth(),
            time,
            failures,
        }
    }
}
