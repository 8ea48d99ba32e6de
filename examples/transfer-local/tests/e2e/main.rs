//! `transfer-local` as its users meet it: the real program, and the real OpenSSH client.

mod awkward;
mod burst;
mod client;
mod commands;
mod decisions;
mod failure;
mod flood;
mod functions;
mod mixed_logins;
mod python;
mod server;
mod shared_store;
