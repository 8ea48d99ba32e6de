//! What the functions `get-user-config` and `session-tracker` are made of: which store and which
//! secrets the settings mean, and how log messages get from an event to the ledger.

mod messages;
mod secrets;
mod store;

pub use messages::track;
pub use secrets::{secret_names, user_secrets};
pub use store::{ConfiguredLedger, ledger};
