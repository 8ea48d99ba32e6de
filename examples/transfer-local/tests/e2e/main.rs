//! `transfer-local` as its users meet it: the real program, and the real OpenSSH client.

mod awkward;
mod burst;
mod client;
mod commands;
mod decisions;
mod flood;
mod mixed;
mod process;
mod server;
