//! `check-secret`: the logins that user secrets let in, and the problems that they have.

mod finding;
mod json_keys;
mod report;
mod spelling;
mod warnings;

use std::fs::File;
use std::io::{self, Read, Write, stdout};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;
use session_limit_core::secret::{SecretBytes, UserSecret};

use crate::arguments::CheckSecret;
use crate::input;
use report::Report;

/// The output as JSON.
#[derive(Serialize)]
struct Everything {
    secrets: Vec<Report>,
    summary: Summary,
}

/// The number of secrets of each kind.
#[derive(Default, Serialize)]
struct Summary {
    usable: usize,
    unusable: usize,
    /// Usable or not.
    with_warnings: usize,
}

pub(crate) fn run(arguments: &CheckSecret) -> Result<ExitCode> {
    let CheckSecret { files, json, .. } = arguments;
    let bar = match files.len() {
        count if count > 1 && !json => ProgressBar::new(count as u64),
        _ => ProgressBar::hidden(),
    };
    let mut summary = Summary::default();
    let mut secrets = Vec::new();
    for file in files {
        let report = check(file, arguments);
        summary.add(&report);
        if *json {
            secrets.push(report);
        } else {
            bar.suspend(|| writeln!(stdout(), "{report}"))?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let status = if summary.unusable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if *json {
        let everything = serde_json::to_string_pretty(&Everything { secrets, summary })?;
        writeln!(stdout(), "{everything}")?;
    } else if files.len() > 1 {
        writeln!(stdout(), "{summary}")?;
    }
    Ok(status)
}

fn check(file: &Path, arguments: &CheckSecret) -> Report {
    let name = file.display().to_string();
    match read(file) {
        Ok(secret) => Report::of(name, secret.expose(), arguments),
        Err(error) => Report::unreadable(name, &error),
    }
}

/// Reads no more than is needed to see that a secret is too large.
fn read(file: &Path) -> io::Result<SecretBytes> {
    let most = UserSecret::MAX_LEN + 1;
    // It never grows, so no copy is left behind.
    let mut bytes = Vec::with_capacity(most);
    let input = if file == Path::new("-") { input::unbuffered()? } else { File::open(file)? };
    input.take(most as u64).read_to_end(&mut bytes)?;
    Ok(SecretBytes::new(bytes))
}

impl Summary {
    fn add(&mut self, report: &Report) {
        *(if report.usable { &mut self.usable } else { &mut self.unusable }) += 1;
        self.with_warnings += usize::from(!report.warnings.is_empty());
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { usable, unusable, with_warnings } = self;
        write!(f, "{usable} usable, {unusable} with problems; {with_warnings} with warnings")
    }
}
