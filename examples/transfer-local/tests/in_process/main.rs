//! The server alone, between an identity provider and a log that the tests make up.

mod files;
mod late;
mod log;
mod methods;
mod paths;
mod tracker;
mod world;
