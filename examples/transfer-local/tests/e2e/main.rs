//! `transfer-local` as its users meet it: the real program, and the real OpenSSH client.

mod awkward;
mod burst;
mod client;
mod commands;
mod decisions;
mod failure;
mod flood;
mod functions;
mod leaks;
mod lines;
#[expect(dead_code, reason = "the tests of the memcached adapter need more of it")]
#[path = "../../../../adapters/memcached/tests/real/server.rs"]
mod memcached;
mod mixed;
mod process;
mod python;
mod server;
mod shared;

/// What the memcached server expects of the tests that it belongs to.
mod tools {
    pub(crate) use crate::process::PATIENCE;
}
