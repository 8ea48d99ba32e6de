//! `cargo xtask figures`: how large the Lambda functions are, how quickly they start and how much
//! memory they take, built as they are deployed.

use std::process::ExitCode;

use crate::steps::Steps;
use crate::{Outcome, functions, no_arguments, setup};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    let mut steps = Steps::default();
    setup::run(&mut steps)?;
    functions::bench(&mut steps, "figures")?;
    Ok(ExitCode::SUCCESS)
}
