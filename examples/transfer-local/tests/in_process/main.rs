//! The server alone, between an identity provider and a log that the tests make up.

mod files;
mod log;
mod login_times;
mod methods;
mod paths;
mod test_server;
mod tracker;
