//! The files and folders that a session holds open.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cap_std::fs::ReadDir;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::attributes::Attributes;
use super::mapping::VirtualPath;

/// Files and folders that one channel of a session holds open. All channels of a session draw on
/// the same number of slots.
#[derive(Debug)]
pub struct Handles {
    open: HashMap<String, (Handle, OwnedSemaphorePermit)>,
    last: u64,
    slots: Arc<Semaphore>,
}

/// An open file or folder.
#[derive(Clone, Debug)]
pub enum Handle {
    /// A file.
    File(Arc<OpenFile>),
    /// A folder that is being listed.
    Folder(Arc<Mutex<Folder>>),
}

/// An open file, and how much has gone through it.
#[derive(Debug)]
pub struct OpenFile {
    /// The file; only read and written at offsets.
    pub file: std::fs::File,
    /// Its name as the client sees it.
    pub path: VirtualPath,
    /// Bytes that the client has sent.
    pub bytes_in: AtomicU64,
    /// Bytes that the client has fetched.
    pub bytes_out: AtomicU64,
}

/// A listing that has not been handed out yet.
#[derive(Debug, Default)]
pub struct Folder {
    /// The entries that the mapping puts into the folder. They hide what has the same name on disk.
    pub mounted: Vec<(String, Attributes)>,
    /// The names of those entries.
    pub hidden: Vec<String>,
    /// The entries of the folder on disk.
    pub on_disk: Option<ReadDir>,
}

impl Handles {
    /// No handles yet, and at most as many as there are `slots`.
    #[must_use]
    pub fn new(slots: Arc<Semaphore>) -> Self {
        Self { open: HashMap::new(), last: 0, slots }
    }

    /// Keeps `handle` under a new name; `None` if the session has too many.
    pub fn insert(&mut self, handle: Handle) -> Option<String> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        self.last = self.last.wrapping_add(1);
        let name = format!("{:x}", self.last);
        self.open.insert(name.clone(), (handle, slot));
        Some(name)
    }

    /// The handle with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Handle> {
        self.open.get(name).map(|(handle, _)| handle.clone())
    }

    /// Gives up the handle with this name.
    pub fn remove(&mut self, name: &str) -> Option<Handle> {
        self.open.remove(name).map(|(handle, _)| handle)
    }

    /// Gives up all of them.
    pub fn drain(&mut self) -> impl Iterator<Item = Handle> + '_ {
        self.open.drain().map(|(_, (handle, _))| handle)
    }
}

impl OpenFile {
    /// An open file that nothing has gone through yet.
    #[must_use]
    pub fn new(file: std::fs::File, path: VirtualPath) -> Self {
        Self { file, path, bytes_in: AtomicU64::new(0), bytes_out: AtomicU64::new(0) }
    }

    /// Adds to the bytes that the client has sent.
    pub fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Adds to the bytes that the client has fetched.
    pub fn sent(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
