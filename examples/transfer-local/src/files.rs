//! The files that a session sees: folders below the server's root, at the places that the grant
//! names, and nothing else.

mod handles;
mod mapping;
mod view;

pub use handles::{Folder, Handle, Handles, OpenFile};
pub use mapping::{BadPath, Entry, Kind, Mapping, Place, VirtualPath};
pub(crate) use view::set_file;
pub use view::{Attributes, View};
