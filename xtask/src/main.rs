//! The project's chores: `cargo xtask demo`, `cargo xtask test`.
fn main() {}
