//! How much memory a process takes.

use lambda_emulator::Function;

/// Memory of a process, in bytes.
pub(crate) struct Memory {
    pub(crate) resident: u64,
    /// At any time so far.
    pub(crate) most: u64,
}

impl Memory {
    pub(crate) fn of(function: &Function) -> Self {
        let path = format!("/proc/{}/status", function.id().unwrap());
        let status = std::fs::read_to_string(path).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
        };
        Self { resident: field("VmRSS:"), most: field("VmHWM:") }
    }
}
