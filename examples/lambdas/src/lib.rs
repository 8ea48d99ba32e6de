//! What the two functions have in common: which store a setting means.

mod messages;
mod secrets;
mod store;

pub use messages::track;
pub use secrets::user_secrets;
pub use store::{ConfiguredLedger, ledger};
