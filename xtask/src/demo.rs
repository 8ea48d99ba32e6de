//! `cargo xtask demo`: the demonstration of `transfer-local`.

use crate::{Outcome, program};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    program::run(&["--package", "transfer-local", "--bin", "demo"], arguments)
}
