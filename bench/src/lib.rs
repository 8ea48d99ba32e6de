//! What is measured, and what its speed is compared with: the same for the program `measure`, which
//! takes times, and for `hot-paths`, whose instructions are counted.

pub mod logins;
pub mod payloads;
