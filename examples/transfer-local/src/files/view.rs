//! The files themselves. Every access goes through an open folder that it cannot leave, so that
//! neither `..` nor a symbolic link nor a race leads outside, whatever the path says.

use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;
use std::time::SystemTime;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, OpenOptions};

use super::attributes::Attributes;
use super::handles::Folder;
use super::mapping::{Kind, Mapping, Place, VirtualPath};

/// The most names in one reply to a listing.
const NAMES_PER_REPLY: usize = 100;

/// The files of one session. All of it blocks.
#[derive(Debug)]
pub struct View {
    mapping: Mapping,
    /// One per entry of the mapping: its target, or the folder of its target if that is a file.
    mounts: Vec<Dir>,
}

impl View {
    /// Opens the targets of `mapping` below `root`, making those that do not exist yet.
    ///
    /// # Errors
    /// A target cannot be made or opened.
    pub fn open(root: &Dir, mapping: Mapping) -> Result<Self> {
        let mount = |(target, kind): (&VirtualPath, Kind)| {
            let folders = match (kind, target.components().split_last()) {
                (Kind::File, Some((_, folders))) => folders,
                (Kind::File, None) | (Kind::Directory, _) => target.components(),
            };
            folders.iter().try_fold(root.try_clone()?, |folder, name| open_or_make(&folder, name))
        };
        let mounts = mapping.entries().iter().map(|line| mount((&line.target, line.kind)));
        Ok(Self { mounts: mounts.collect::<Result<_>>()?, mapping })
    }

    /// The mapping that this shows.
    #[must_use]
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The attributes of the file or folder at `path`. With `follow`, those of what a symbolic link
    /// leads to.
    ///
    /// # Errors
    /// Nothing is there, or it leads outside.
    pub fn attributes(&self, path: &VirtualPath, follow: bool) -> Result<Attributes> {
        let found = self.on_disk(path).and_then(|(dir, rest)| {
            let follow = follow && !self.is_single_file(path);
            if follow { dir.metadata(&rest) } else { dir.symlink_metadata(&rest) }
        });
        match found {
            Ok(metadata) => Ok(Attributes::of(&metadata)),
            Err(_) if self.mapping.is_above_an_entry(path) => Ok(Attributes::of_virtual_folder()),
            Err(error) => Err(error),
        }
    }

    /// Opens a file. Only regular files open: a pipe would block, a device is none of ours.
    ///
    /// # Errors
    /// As the operating system says, or because it leads outside.
    pub fn open_file(&self, path: &VirtualPath, options: &OpenOptions) -> Result<std::fs::File> {
        let (dir, rest) = match self.mapping.locate(path) {
            Place::Virtual | Place::Nowhere => return Err(ErrorKind::PermissionDenied.into()),
            Place::Mounted { .. } => self.on_disk(path)?,
        };
        if self.attributes(path, true).is_ok_and(|known| !known.is_file()) {
            return Err(Error::new(ErrorKind::PermissionDenied, "not a regular file"));
        }
        // Something else may stand there by now.
        let mut options = options.clone();
        options.nonblock(true);
        if self.is_single_file(path) {
            options.follow(FollowSymlinks::No);
        }
        let file = dir.open_with(rest, &options)?;
        if !file.metadata()?.is_file() {
            return Err(Error::new(ErrorKind::PermissionDenied, "not a regular file"));
        }
        Ok(file.into_std())
    }

    /// Starts to list a folder.
    ///
    /// # Errors
    /// It is not a folder, or it leads outside.
    pub fn list(&self, path: &VirtualPath) -> Result<Folder> {
        let hidden: Vec<String> = self.mapping.names_in(path).into_iter().map(Into::into).collect();
        let on_disk = match self.on_disk(path).and_then(|(dir, rest)| dir.read_dir(rest)) {
            Ok(entries) => Some(entries),
            Err(_) if !hidden.is_empty() => None,
            Err(error) => return Err(error),
        };
        let mut mounted = Vec::new();
        for name in [".", ".."].into_iter().chain(hidden.iter().map(String::as_str)) {
            let inside = path.join(name).map_err(|_| ErrorKind::InvalidInput)?;
            if let Ok(attributes) = self.attributes(&inside, true) {
                mounted.push((name.to_owned(), attributes));
            }
        }
        Ok(Folder { mounted, hidden, on_disk })
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// As the operating system says, or because it leads outside.
    pub fn create_dir(&self, path: &VirtualPath) -> Result<()> {
        let (dir, rest) = self.changeable(path)?;
        dir.create_dir(rest)
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// As the operating system says, or because it leads outside.
    pub fn remove_dir(&self, path: &VirtualPath) -> Result<()> {
        let (dir, rest) = self.changeable(path)?;
        dir.remove_dir(rest)
    }

    /// Removes a file, or a symbolic link and not what it leads to.
    ///
    /// # Errors
    /// As the operating system says, or because it leads outside.
    pub fn remove_file(&self, path: &VirtualPath) -> Result<()> {
        let (dir, rest) = self.changeable(path)?;
        dir.remove_file(rest)
    }

    /// Renames a file or a folder; with `replace`, over a file that is there.
    ///
    /// # Errors
    /// As the operating system says, or because one of them leads outside.
    pub fn rename(&self, from: &VirtualPath, to: &VirtualPath, replace: bool) -> Result<()> {
        let (from_dir, from_rest) = self.changeable(from)?;
        let (to_dir, to_rest) = self.changeable(to)?;
        if !replace && to_dir.symlink_metadata(&to_rest).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        from_dir.rename(from_rest, to_dir, to_rest)
    }

    /// Sets the length and the time of the last change, where they are given.
    ///
    /// # Errors
    /// As the operating system says, or because it leads outside.
    pub fn set(&self, path: &VirtualPath, size: Option<u64>, at: Option<SystemTime>) -> Result<()> {
        if size.is_none() && at.is_none() {
            return self.attributes(path, true).map(drop);
        }
        let (dir, rest) = self.on_disk(path)?;
        if self.attributes(path, true)?.is_dir() {
            let folder = dir.open_dir(rest)?.into_std_file();
            return at.map_or(Ok(()), |at| folder.set_modified(at));
        }
        set_file(&self.open_file(path, OpenOptions::new().write(true))?, size, at)
    }

    /// True if `path` is mapped to one file: then a symbolic link in its place leads elsewhere.
    fn is_single_file(&self, path: &VirtualPath) -> bool {
        let Place::Mounted { entry, .. } = self.mapping.locate(path) else { return false };
        self.mapping.entries().get(entry).is_some_and(|line| line.kind == Kind::File)
    }

    /// The open folder that `path` lies in, and its name from there.
    fn on_disk(&self, path: &VirtualPath) -> Result<(&Dir, PathBuf)> {
        let Place::Mounted { entry, rest } = self.mapping.locate(path) else {
            return Err(ErrorKind::NotFound.into());
        };
        let (Some(dir), Some(line)) = (self.mounts.get(entry), self.mapping.entries().get(entry))
        else {
            return Err(ErrorKind::NotFound.into());
        };
        let name = match (line.kind, rest) {
            (Kind::File, _) => line.target.components().last().into_iter().collect(),
            (Kind::Directory, []) => PathBuf::from("."),
            (Kind::Directory, rest) => rest.iter().collect(),
        };
        Ok((dir, name))
    }

    /// The same for a name that is to be made, removed or moved: the mapping itself stays.
    fn changeable(&self, path: &VirtualPath) -> Result<(&Dir, PathBuf)> {
        let is_ours = match self.mapping.locate(path) {
            Place::Mounted { rest, .. } => {
                !rest.is_empty() && !self.mapping.is_above_an_entry(path)
            }
            Place::Virtual | Place::Nowhere => false,
        };
        if is_ours { self.on_disk(path) } else { Err(ErrorKind::PermissionDenied.into()) }
    }
}

/// Opens a folder, and makes it if it is not there. It follows no symbolic link: below the root lie
/// the files of several users, so a link could lead to somebody else's.
fn open_or_make(parent: &Dir, name: &str) -> Result<Dir> {
    match parent.create_dir(name) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => parent.open_dir_nofollow(name),
    }
}

/// Sets the length and the time of the last change of an open file, where they are given.
pub(crate) fn set_file(
    file: &std::fs::File,
    size: Option<u64>,
    at: Option<SystemTime>,
) -> Result<()> {
    size.map_or(Ok(()), |size| file.set_len(size))?;
    at.map_or(Ok(()), |at| file.set_modified(at))
}

impl Folder {
    /// The next names; none when the folder has been listed to its end.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn next_names(&mut self) -> Result<Vec<(String, Attributes)>> {
        let mut names = std::mem::take(&mut self.mounted);
        while let Some(entries) = self.on_disk.as_mut().filter(|_| names.len() < NAMES_PER_REPLY) {
            let Some(entry) = entries.next().transpose()? else {
                self.on_disk = None;
                break;
            };
            // A name that is not UTF-8 cannot be asked for through this server.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.contains(char::REPLACEMENT_CHARACTER) {
                continue;
            }
            if let (false, Ok(found)) = (self.hidden.contains(&name), entry.metadata()) {
                names.push((name, Attributes::of(&found)));
            }
        }
        Ok(names)
    }
}
