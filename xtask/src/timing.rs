//! `cargo xtask timing`: whether the time of a refusal tells why, built as it is deployed. It takes
//! about seven minutes, and wants a machine that does nothing else.

use std::process::ExitCode;

use crate::steps::Steps;
use crate::{Outcome, functions, no_arguments, setup};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    functions::bench(&mut steps, "timing")?;
    Ok(ExitCode::SUCCESS)
}
