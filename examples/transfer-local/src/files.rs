//! The files that a session sees: folders below the server's root, at the places that the grant
//! names, and nothing else.

mod attributes;
mod handles;
mod mapping;
mod view;

pub use attributes::Attributes;
pub use handles::{Folder, Handle, Handles, OpenFile};
pub use mapping::{BadPath, Entry, Kind, Mapping, Place, VirtualPath};
pub use view::View;
pub(crate) use view::set_file;
