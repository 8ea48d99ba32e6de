//! The user secrets that the settings of the functions name.

mod secrets;

pub use secrets::{secret_names, user_secrets};
