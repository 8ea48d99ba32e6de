//! What it was measured on.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};
use serde::Serialize;

/// The machine and the system of this process, and the servers and peers on it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    system: String,
    memcached: String,
    python: String,
    /// How many processes wanted to run, in the minute before.
    load: String,
}

impl Machine {
    /// As far as the system tells, with the Python whose programs are in `python`. To be asked before
    /// anything is measured, which is a load, too.
    pub(crate) fn here(python: &Path) -> Result<Self> {
        let field = |file: &str, name: &str, separator: char| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(separator));
            line.map(|(_, value)| value.trim().trim_matches('"').to_owned())
        };
        let processor = field("/proc/cpuinfo", "model name", ':');
        let system = field("/etc/os-release", "PRETTY_NAME", '=');
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(Self {
            processor: processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: system.unwrap_or_else(|| std::env::consts::OS.to_owned()),
            memcached: version(Path::new("memcached"))?,
            python: version(&python.join("python3"))?,
            load: load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("?").to_owned(),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, system, memcached, python, load } = self;
        write!(
            f,
            "Measured on {cores} cores of {processor}, {system}, with {memcached} and {python}; \
             the load of the minute before, in which this may have been built, was {load}."
        )
    }
}

/// Name and version, as a program tells them.
fn version(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("{} --version", program.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
