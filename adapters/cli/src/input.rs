//! Standard input for secrets.

use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::AsFd;

/// Standard input past the standard library's buffer, which would keep a copy that nobody wipes.
pub(crate) fn unbuffered() -> io::Result<File> {
    Ok(stdin().as_fd().try_clone_to_owned()?.into())
}
