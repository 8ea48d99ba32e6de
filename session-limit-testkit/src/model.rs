//! The lease ledger, explored exhaustively in small worlds.
//!
//! Both models run the code that ships; only the world around it is a model.
//!
//! - [`table`]: the changes of one user's table, whatever happens to logins, sessions and their log.
//!   One call of [`transition`](session_limit_core::ledger::lease::state_machine::transition) is one
//!   step.
//! - [`protocol`]: handlers that run at once and crash, on a session's record and its user's table.
//!   One request to the store is one step.

mod exploration;
pub mod protocol;
pub mod table;
mod worlds;

pub use exploration::Exploration;
pub use worlds::{Explorable, WORLDS};
