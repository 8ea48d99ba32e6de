//! The program as it is called, with a memcached of its own where it needs one.

mod check;
mod desk;
mod hash;
mod program;
mod release;
#[expect(dead_code, reason = "the tests of the memcached adapter need more of it")]
#[path = "../../../memcached/tests/real/server.rs"]
mod server;
mod settings;
mod show;
mod tools;
