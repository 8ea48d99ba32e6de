//! The parts of the functions `get-user-config` and `session-tracker`: the user secrets that the
//! settings name, and the way of log messages from an event to the ledger.

mod messages;
mod secrets;

pub use messages::track;
pub use secrets::{secret_names, user_secrets};
