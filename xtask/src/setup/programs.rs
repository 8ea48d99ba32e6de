//! Programs that are installed if they are missing.

use std::process::{Command, Stdio};

use crate::steps::Steps;

/// A program that is needed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Needed {
    pub(crate) program: &'static str,
    /// The Debian package that has it.
    pub(crate) package: &'static str,
    /// A call that succeeds only if the program can do what is needed. Empty if any version can.
    pub(crate) probe: &'static [&'static str],
    /// The ability that the probe checks, in words.
    pub(crate) able: &'static str,
}

impl Needed {
    /// Returns a need that any version of the program meets.
    pub(crate) const fn any(program: &'static str, package: &'static str) -> Self {
        Self { program, package, probe: &[], able: "" }
    }
}

/// Programs that exist only for Linux, or that are needed nowhere else.
const LINUX_ONLY: [&str; 2] = ["readelf", "valgrind"];

/// Installs the programs that are missing, or says what to install.
pub(crate) fn install(steps: &mut Steps, needed: &[Needed]) -> Result<(), String> {
    let missing = missing_of(needed, is_usable);
    if missing.is_empty() {
        return Ok(());
    }
    let (programs, list) = (programs_of(&missing), packages_of(&missing));
    let packages = list.join(" ");
    if !is_on_path("apt-get") {
        return Err(format!(
            "{programs} not found: install them and try again (on Debian: {packages})"
        ));
    }
    if !is_root() {
        return Err(format!(
            "{programs} not found: run `apt-get install {packages}` as root, then try again"
        ));
    }
    steps.command("update the list of Debian packages", apt_get().arg("update"))?;
    let install = ["install", "--yes", "--no-install-recommends"];
    steps.command(&format!("install {packages}"), apt_get().args(install).args(&list))?;
    let still = missing_of(needed, is_usable);
    if still.is_empty() {
        return Ok(());
    }
    Err(format!("{} still not found, although {packages} is installed", programs_of(&still)))
}

fn missing_of(needed: &[Needed], exists: impl Fn(&Needed) -> bool) -> Vec<Needed> {
    let is_needed = |one: &Needed| !LINUX_ONLY.contains(&one.program) || cfg!(target_os = "linux");
    needed.iter().filter(|one| is_needed(one) && !exists(one)).copied().collect()
}

fn programs_of(needed: &[Needed]) -> String {
    let names = needed.iter().map(|one| format!("{}{}", one.program, one.able));
    names.collect::<Vec<_>>().join("; ")
}

fn packages_of(needed: &[Needed]) -> Vec<&'static str> {
    let mut packages: Vec<_> = needed.iter().map(|one| one.package).collect();
    packages.dedup();
    packages
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("--quiet").env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Returns true if a program of this name can be started.
pub(crate) fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Returns true if a program is there and can do what is needed.
fn is_usable(needed: &Needed) -> bool {
    let Needed { program, probe, .. } = needed;
    is_on_path(program) && (probe.is_empty() || succeeds(Command::new(program).args(*probe)))
}

pub(crate) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::path::Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNIFE: Needed = Needed::any("knife", "cutlery");
    const FORK: Needed = Needed::any("fork", "cutlery");
    const PLATE: Needed = Needed { able: " of steel", ..Needed::any("plate", "china") };

    #[test]
    fn only_what_is_missing_is_installed() {
        let missing = |there: &[Needed]| missing_of(&[KNIFE, FORK, PLATE], |it| there.contains(it));
        assert_eq!(missing(&[KNIFE, FORK, PLATE]), []);
        assert_eq!(packages_of(&missing(&[])), ["cutlery", "china"]);
        assert_eq!(packages_of(&missing(&[KNIFE, PLATE])), ["cutlery"]);
        assert_eq!(programs_of(&missing(&[KNIFE])), "fork; plate of steel");
    }

    #[test]
    fn what_only_linux_has_is_needed_there_only() {
        let valgrind = Needed::any("valgrind", "valgrind");
        let missing = missing_of(&[valgrind], |_| false);
        assert_eq!(missing.is_empty(), !cfg!(target_os = "linux"));
    }

    #[test]
    fn a_program_is_looked_for_on_the_path() {
        assert!(is_on_path("cargo"));
        assert!(!is_on_path("no-such-program-anywhere"));
    }

    #[test]
    fn a_program_is_asked_what_it_can_do() {
        let cargo = |probe| is_usable(&Needed { probe, ..Needed::any("cargo", "cargo") });
        assert!(cargo(&[]) && cargo(&["--version"]));
        assert!(!cargo(&["--no-such-option"]));
    }
}
