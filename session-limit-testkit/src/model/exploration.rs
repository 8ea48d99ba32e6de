//! The exploration of a model, and its result.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// The result of an exploration.
#[derive(Debug)]
pub struct Exploration {
    /// Number of different states.
    pub states: usize,
    /// Number of steps between them. Steps that lead to a known state are included.
    pub steps: usize,
    /// Number of steps on the longest way that was needed to reach a state.
    pub depth: usize,
    /// The time that it took.
    pub time: Duration,
    /// A text for each fault: a broken property with the steps that lead there, or something that
    /// should have happened and never did.
    pub failures: Vec<String>,
}

impl Exploration {
    /// Explores `model` until a property is broken, or else every state. It uses as many threads as
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
