//! Programs from PyPI.

use std::path::Path;
use std::process::Command;

use super::programs::{self, Needed};
use crate::steps::Steps;
use crate::workspace;

/// The program that makes folders for Python packages, and runs those packages that read TOML.
/// Debian has a Python that cannot make such folders.
pub(crate) const PYTHON: Needed = Needed {
    program: "python3",
    package: "python3-venv",
    probe: &["-c", "import ensurepip, tomllib, venv"],
    able: " of version 3.11 or newer, with ensurepip",
};

/// Installs packages from PyPI, in a folder of their own below what cargo builds. A list of them is
/// left there. It says that the installation has been finished.
pub(crate) fn install(steps: &mut Steps, name: &str, packages: &str) -> Result<(), String> {
    programs::install(steps, &[PYTHON])?;
    let folder = workspace::target()?.join(name);
    let installed = folder.join("installed.txt");
    let list = list_of(packages, &python()?, &folder);
    if std::fs::read_to_string(&installed).is_ok_and(|found| found == list) {
        return Ok(());
    }
    let mut venv = Command::new("python3");
    let step = format!("make a folder for Python packages: {name}");
    steps.command(&step, venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(packages.lines());
    steps.command(&format!("install Python packages: {name}"), &mut pip)?;
    std::fs::write(&installed, list).map_err(|error| format!("{}: {error}", installed.display()))
}

/// The packages, with the only things that they work with: the Python that they were installed
/// with, and the folder that their programs name.
fn list_of(packages: &str, python: &str, folder: &Path) -> String {
    format!("{}\n# {} in {}\n", packages.trim_end(), python.trim(), folder.display())
}

/// Returns the version and the place of the Python that is installed.
fn python() -> Result<String, String> {
    let script = "import sys; print('%d.%d' % sys.version_info[:2], sys.base_prefix)";
    let output = Command::new("python3").args(["-c", script]).output();
    let output = output.map_err(|error| format!("python3: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_installed_anew_for_another_python_and_in_another_place() {
        let list = list_of("a==1\nb==2\n", "3.11 /usr\n", Path::new("/target/x"));
        assert_eq!(list, "a==1\nb==2\n# 3.11 /usr in /target/x\n");
    }
}
