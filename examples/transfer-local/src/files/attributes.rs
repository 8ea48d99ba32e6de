//! The attributes of files.

use std::io::Result;
use std::time::SystemTime;

use cap_std::fs::{Metadata, MetadataExt};

/// The attributes of a file or folder.
#[derive(Clone, Copy, Debug)]
pub struct Attributes {
    /// Its length in bytes.
    pub size: u64,
    /// Its type and permissions, as Unix writes them.
    pub mode: u32,
    /// The time of its last change.
    pub modified: SystemTime,
}

impl Attributes {
    const TYPE: u32 = 0o170_000;

    /// The attributes of an open file.
    ///
    /// # Errors
    /// The operating system does not tell.
    pub fn of_file(file: &std::fs::File) -> Result<Self> {
        Ok(Self::of(&Metadata::from_file(file)?))
    }

    /// True for a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.mode & Self::TYPE == 0o100_000
    }

    /// True for a folder.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.mode & Self::TYPE == 0o040_000
    }

    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().map_or(SystemTime::UNIX_EPOCH, |time| time.into_std());
        Self { size: metadata.len(), mode: metadata.mode(), modified }
    }

    pub(super) fn of_virtual_folder() -> Self {
        Self { size: 0, mode: 0o040_755, modified: SystemTime::UNIX_EPOCH }
    }
}
