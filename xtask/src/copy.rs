//! A copy of the workspace, in which code is broken on purpose.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace;

/// The copy, with a target folder of its own that is kept from run to run.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Copies to the folder `target/NAME` the files that have changed since the last time.
    pub(crate) fn copy(name: &str) -> Result<Self, String> {
        let place = workspace::root().join("target").join(name);
        let this = Self { root: place.join("workspace"), target: place.join("target") };
        sync(workspace::root(), &this.root)?;
        Ok(this)
    }

    /// Replaces `from`, which is there exactly once, by `to`.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) -> Result<(), String> {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path).map_err(|error| told(&path, &error))?;
        let text = edited(&text, from, to).map_err(|error| format!("{file}: {error}"))?;
        fs::write(&path, text).map_err(|error| told(&path, &error))
    }

    /// Makes a file what it is in the workspace.
    pub(crate) fn restore(&self, file: &str) -> Result<(), String> {
        refresh(&workspace::root().join(file), &self.root.join(file))
    }

    /// Makes a command run in the copy.
    pub(crate) fn in_it<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target)
    }

    /// A file or folder beside the copy, which nothing overwrites.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.with_file_name(name)
    }

    /// A program built in the copy.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }
}

/// `text` with `from` replaced by `to`.
pub(crate) fn edited(text: &str, from: &str, to: &str) -> Result<String, String> {
    match text.matches(from).count() {
        1 => Ok(text.replacen(from, to, 1)),
        count => Err(format!("there are {count} instead of 1 of: {from}")),
    }
}

/// Makes the folder `to` a copy of `from`, without hidden files and build products.
fn sync(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| told(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| told(from, &error))? {
        let name = entry.map_err(|error| told(from, &error))?.file_name();
        if name == "target" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (source, copy) = (from.join(&name), to.join(&name));
        if source.is_dir() { sync(&source, &copy)? } else { refresh(&source, &copy)? }
    }
    for entry in fs::read_dir(to).map_err(|error| told(to, &error))? {
        let copy = entry.map_err(|error| told(to, &error))?.path();
        let is_left_over = copy.file_name().is_some_and(|name| !from.join(name).exists());
        if is_left_over && copy.is_file() {
            fs::remove_file(&copy).map_err(|error| told(&copy, &error))?;
        }
    }
    Ok(())
}

/// Writes a file only if that changes it, so that no more is built than necessary.
fn refresh(source: &Path, copy: &Path) -> Result<(), String> {
    let bytes = fs::read(source).map_err(|error| told(source, &error))?;
    if fs::read(copy).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write(copy, bytes).map_err(|error| told(copy, &error))
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
