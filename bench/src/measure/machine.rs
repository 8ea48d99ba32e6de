//! The machine that is measured on.

use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// A sentence about this machine, its system and the servers and peers on it, with the Python whose
/// programs are in `python`. It has to be asked before anything is measured, which is a load, too.
pub(crate) fn sentence(python: &Path) -> Result<String> {
    let processors = read_to_string("/proc/cpuinfo")?;
    let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
    let field = |text: &str, name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?");
        value.trim_matches(|c: char| ":=\"".contains(c) || c.is_whitespace()).to_owned()
    };
    let version = |program: &Path| {
        let output = Command::new(program).arg("--version").output();
        let output = output.with_context(|| format!("{} --version", program.display()))?;
        anyhow::Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    Ok(format!(
        "Measured on {cores} cores of {}, {}, with {} and {}; the load of the minute before, in which \
         this may have been built, was {}.",
        field(&processors, "model name"),
        field(&read_to_string("/etc/os-release")?, "PRETTY_NAME"),
        version("memcached".as_ref())?,
        version(&python.join("python3"))?,
        read_to_string("/proc/loadavg")?.split(' ').next().unwrap_or_default(),
    ))
}
