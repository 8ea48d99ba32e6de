//! The user secrets that the settings of the functions mean.

mod secrets;

pub use secrets::{secret_names, user_secrets};
