//! What shows that the session limits hold.
//!
//! - [`conformance`]: what "implements the store traits" means, as tests that run against any
//!   store.
//! - [`sim`]: a world of users, servers and a log, simulated, with the truth known at every instant.
//! - [`naive`]: the published algorithm, as the control that must fail.
//! - `model`: the ledger's state machine, explored exhaustively in small worlds.

pub mod conformance;
#[cfg(feature = "model")]
pub mod model;
pub mod naive;
pub mod sim;
