//! The things that are measured, and what their speed is compared with: the same for the program
//! `measure`, which takes times, and for `hot-paths`, whose instructions are counted.

pub mod kind;
pub mod ledgers;
pub mod logins;
pub mod payloads;
