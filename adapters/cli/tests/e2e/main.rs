//! The program as it is called, with a memcached of its own where it needs one.

mod check;
mod desk;
mod hash;
mod program;
mod release;
mod settings;
mod show;
