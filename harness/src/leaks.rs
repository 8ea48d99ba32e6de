//! The search for secrets where none may be.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// The mark in every password of the tests, and in all else that is secret.
pub const MARKER: &str = "MARKER";

/// Fails if a secret is in `bytes`.
pub fn none_in(what: &str, bytes: &[u8]) {
    if bytes.windows(MARKER.len()).any(|part| part == MARKER.as_bytes()) {
        panic!("a secret is in {what}:\n{}", String::from_utf8_lossy(bytes));
    }
}

/// Number of bytes of a file that are searched. Larger files are those that a client transfers, and
/// nothing but holes.
const MOST_BYTES: u64 = 16 << 20;

/// Fails if a secret is in a file in `folder` or below, or in its name.
pub fn none_below(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        none_in("the name of a file", path.as_os_str().as_encoded_bytes());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            none_below(&path);
        } else if kind.is_file() {
            let mut bytes = Vec::new();
            File::open(&path).unwrap().take(MOST_BYTES).read_to_end(&mut bytes).unwrap();
            none_in(&path.display().to_string(), &bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a secret is in a line")]
    fn a_secret_is_found() {
        none_in("a line", b"password=MARKER-1");
    }

    #[test]
    #[should_panic(expected = "a secret is in")]
    fn a_secret_is_found_in_a_file_however_deep() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/b"), "x MARKER").unwrap();
        none_below(folder.path());
    }

    #[test]
    #[should_panic(expected = "a secret is in the name of a file")]
    fn a_secret_is_found_in_a_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("MARKER"), "").unwrap();
        none_below(folder.path());
    }

    #[test]
    fn anything_else_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("marker"), "MARKE R").unwrap();
        none_below(folder.path());
        none_in("nothing", b"");
    }
}
