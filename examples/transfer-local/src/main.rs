//! A Transfer Family server on a laptop.
fn main() {}
