//! The places at which folders appear: arithmetic on paths that touches no file.

use std::collections::BTreeSet;
use std::fmt;

/// A path as the client sees it: absolute, and free of `.`, `..` and empty components.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPath(Vec<String>);

/// A path that can name no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPath;

/// The kind of an [`Entry`]'s target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder and everything below it.
    Directory,
    /// A single file.
    File,
}

/// One line of a mapping: the client sees `target`, which lies below the server's root, at `at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path at which the client sees it.
    pub at: VirtualPath,
    /// The path at which it lies below the server's root.
    pub target: VirtualPath,
    /// A folder or a single file.
    pub kind: Kind,
}

/// The folders of a session.
#[derive(Clone, Debug)]
pub struct Mapping {
    entries: Vec<Entry>,
    start: VirtualPath,
}

/// The place that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// `rest` below the target of entry number `entry`; the target itself if `rest` is empty.
    Mounted {
        /// The number of the entry in [`Mapping::entries`].
        entry: usize,
        /// The components below its target.
        rest: &'a [String],
    },
    /// A folder that exists only because entries lie below it.
    Virtual,
    /// No place.
    Nowhere,
}

impl VirtualPath {
    /// The path that `text` means to a client whose current folder is `self`.
    ///
    /// `..` takes the last component away, and stays at the root. The components on a disk play no
    /// part in it.
    ///
    /// # Errors
    /// The text contains a NUL or U+FFFD. The protocol's library makes U+FFFD of any bytes that are
    /// not UTF-8, so different names would become the same.
    pub fn join(&self, text: &str) -> Result<Self, BadPath> {
        if text.contains(['\0', char::REPLACEMENT_CHARACTER]) {
            return Err(BadPath);
        }
        let mut path = if text.starts_with('/') { Vec::new() } else { self.0.clone() };
        for component in text.split('/') {
            match component {
                "" | "." => {}
                ".." => drop(path.pop()),
                name => path.push(name.to_owned()),
            }
        }
        Ok(Self(path))
    }

    /// The absolute path `text`.
    ///
    /// # Errors
    /// The text contains a NUL or U+FFFD.
    pub fn absolute(text: &str) -> Result<Self, BadPath> {
        Self::default().join(text)
    }

    /// Its components, from the root down.
    #[must_use]
    pub fn components(&self) -> &[String] {
        &self.0
    }

    /// The rest of this path below `prefix`.
    fn below(&self, prefix: &Self) -> Option<&[String]> {
        self.0.strip_prefix(prefix.0.as_slice())
    }
}

impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("/");
        }
        self.0.iter().try_for_each(|component| write!(f, "/{component}"))
    }
}

impl Mapping {
    /// The mapping of a `PATH` home: the folder appears under its own name, the client starts in
    /// it, and the folders above it hold nothing else.
    #[must_use]
    pub fn path(home: VirtualPath) -> Self {
        let entry = Entry { at: home.clone(), target: home.clone(), kind: Kind::Directory };
        Self { entries: vec![entry], start: home }
    }

    /// The mapping of a `LOGICAL` home.
    #[must_use]
    pub fn logical(entries: Vec<Entry>) -> Self {
        Self { entries, start: VirtualPath::default() }
    }

    /// The folder in which the client starts.
    #[must_use]
    pub fn start(&self) -> &VirtualPath {
        &self.start
    }

    /// The lines of the mapping.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The place that `path` leads to: the innermost entry that holds it.
    #[must_use]
    pub fn locate<'a>(&self, path: &'a VirtualPath) -> Place<'a> {
        let holders = self.entries.iter().enumerate().filter_map(|(entry, line)| {
            let rest = path.below(&line.at)?;
            (line.kind == Kind::Directory || rest.is_empty()).then_some((entry, rest))
        });
        match holders.min_by_key(|(_, rest)| rest.len()) {
            Some((entry, rest)) => Place::Mounted { entry, rest },
            None if self.is_above_an_entry(path) => Place::Virtual,
            None => Place::Nowhere,
        }
    }

    /// True if entries lie below `path`, so that it is a folder whatever the disk says.
    #[must_use]
    pub fn is_above_an_entry(&self, path: &VirtualPath) -> bool {
        !self.names_in(path).is_empty()
    }

    /// The names that the entries below `path` give to its listing.
    #[must_use]
    pub fn names_in(&self, path: &VirtualPath) -> BTreeSet<&str> {
        self.entries
            .iter()
            .filter_map(|line| line.at.below(path)?.first().map(String::as_str))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> VirtualPath {
        VirtualPath::absolute(text).unwrap()
    }

    fn entry(at: &str, target: &str, kind: Kind) -> Entry {
        Entry { at: path(at), target: path(target), kind }
    }

    #[test]
    fn dots_never_rise_above_the_root() {
        assert_eq!(path("/../../etc//./passwd").to_string(), "/etc/passwd");
        assert_eq!(path("/a/b").join("../..").unwrap().to_string(), "/");
        assert_eq!(path("/a/b").join("../../../c").unwrap().to_string(), "/c");
        assert_eq!(path("/a").join("b/../c").unwrap().to_string(), "/a/c");
        assert_eq!(VirtualPath::absolute("/a\0b"), Err(BadPath));
        assert_eq!(VirtualPath::absolute("/caf\u{fffd}"), Err(BadPath));
    }

    #[test]
    fn the_innermost_entry_wins() {
        let mapping = Mapping::logical(vec![
            entry("/", "/bucket/alice", Kind::Directory),
            entry("/shared/pictures", "/bucket/pictures", Kind::Directory),
            entry("/notice", "/bucket/notice.txt", Kind::File),
        ]);
        let (inside, mount) = (path("/shared/pictures/a/b"), path("/shared/pictures"));
        assert_eq!(
            mapping.locate(&inside),
            Place::Mounted { entry: 1, rest: &["a".into(), "b".into()] }
        );
        assert_eq!(mapping.locate(&mount), Place::Mounted { entry: 1, rest: &[] });
        assert!(matches!(mapping.locate(&path("/shared")), Place::Mounted { entry: 0, .. }));
        assert!(mapping.is_above_an_entry(&path("/shared")));
        assert!(matches!(mapping.locate(&path("/notice")), Place::Mounted { entry: 2, .. }));
        assert!(matches!(mapping.locate(&path("/notice/x")), Place::Mounted { entry: 0, .. }));
        assert_eq!(mapping.names_in(&path("/")), BTreeSet::from(["notice", "shared"]));
    }

    #[test]
    fn the_folders_above_a_path_home_hold_nothing_else() {
        let mapping = Mapping::path(path("/bucket/home/alice"));
        assert_eq!(mapping.locate(&path("/bucket/home")), Place::Virtual);
        assert_eq!(mapping.names_in(&path("/bucket")), BTreeSet::from(["home"]));
        assert_eq!(mapping.locate(&path("/bucket/home/bob")), Place::Nowhere);
        assert_eq!(mapping.locate(&path("/etc")), Place::Nowhere);
        assert_eq!(mapping.start(), &path("/bucket/home/alice"));
    }
}
