//! `cargo xtask demo`: the demonstration of `transfer-local`.

use crate::{Outcome, no_arguments, program};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    program::run(&["--package", "transfer-local", "--bin", "demo"], &[])
}
