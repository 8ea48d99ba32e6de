//! The memory that a process takes.

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The memory that is resident now.
    pub resident: u64,
    /// The largest memory that was resident at any time so far.
    pub most: u64,
}

impl Memory {
    /// Reads the kernel's account of the process with this id, which has to run.
    #[must_use]
    pub fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
        };
        Self { resident: field("VmRSS:"), most: field("VmHWM:") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_takes_some() {
        let Memory { resident, most } = Memory::of(std::process::id());
        assert!(resident >= 64 * 1024 && most >= resident, "{resident} {most}");
    }
}
