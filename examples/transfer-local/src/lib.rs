//! A Transfer Family server on a laptop, with SFTP for real clients. It asks an identity provider
//! as the service asks it, and writes the service's own log, which a session tracker reads.
//!
//! The server knows an [`IdentityFunction`](identity::IdentityFunction) and a
//! [`LogSink`](log::LogSink), and nothing of session limits. Those are kept by what stands behind
//! the two: the built-in identity provider and the built-in session tracker, which share a ledger,
//! or Lambda functions in their place.
//!
//! Unix only.

pub mod authentication;
mod backlog;
pub mod built_in_provider;
mod cancellable_stream;
mod channel;
pub mod cli;
pub mod client;
mod clock;
mod connection;
pub mod decisions;
pub mod files;
pub mod grant;
mod host_key;
pub mod identity;
mod invoke;
mod ledger;
mod life;
pub mod log;
pub mod pipeline;
pub mod run;
pub mod server;
pub mod sftp;
mod stderr;
pub mod tracker;
mod user_check;
pub mod users;
