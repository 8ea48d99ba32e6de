//! Conversions between the protocol's terms and those of the file system.

use std::io::{self, ErrorKind};
use std::time::{Duration, SystemTime};

use cap_std::fs::OpenOptions;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Status, StatusCode};
use russh_sftp::server::StatusReply;

use crate::files::Attributes;

/// Runs blocking work where it blocks nobody else, and says in SFTP's terms how it failed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StatusReply> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| status_of(&error)),
        Err(_) => Err(StatusCode::Failure.into()),
    }
}

/// The error of all Unixes for a file that is open, and not for this.
const EBADF: i32 = 9;

/// The error in SFTP's terms.
fn status_of(error: &io::Error) -> StatusReply {
    if error.raw_os_error() == Some(EBADF) {
        return StatusCode::PermissionDenied.with_message("the file is not open for this");
    }
    let code = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => StatusCode::NoSuchFile,
        ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
        ErrorKind::Unsupported => StatusCode::OpUnsupported,
        _ => StatusCode::Failure,
    };
    code.with_message(error.kind().to_string())
}

/// The reply that everything went well.
pub(super) fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Ok".to_owned(),
        language_tag: "en-US".to_owned(),
    }
}

/// The attributes of a file.
pub(super) fn attributes(found: &Attributes) -> FileAttributes {
    let modified = found.modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = u32::try_from(modified.as_secs()).unwrap_or(u32::MAX);
    FileAttributes {
        size: Some(found.size),
        uid: Some(0),
        gid: Some(0),
        permissions: Some(found.mode),
        atime: Some(seconds),
        mtime: Some(seconds),
        ..FileAttributes::default()
    }
}

/// The length and the time that a client sets. Owners and permissions are accepted and ignored, as
/// on a bucket.
pub(super) fn settable(attrs: &FileAttributes) -> (Option<u64>, Option<SystemTime>) {
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(seconds));
    (attrs.size, attrs.mtime.map(at))
}

/// The options by which a file is opened.
pub(super) fn open_options(flags: OpenFlags) -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(flags.contains(OpenFlags::READ))
        .write(flags.contains(OpenFlags::WRITE))
        .append(flags.contains(OpenFlags::APPEND))
        .create(flags.contains(OpenFlags::CREATE))
        .create_new(flags.contains(OpenFlags::CREATE | OpenFlags::EXCLUDE))
        .truncate(flags.contains(OpenFlags::TRUNCATE));
    options
}

/// The flags as Transfer Family writes them: `WRITE|CREATE|TRUNCATE`.
pub(super) fn mode_of(flags: OpenFlags) -> String {
    let names = flags.iter_names().map(|(name, _)| name);
    names.collect::<Vec<_>>().join("|")
}

/// The next string of an extended request: its length in four bytes, then its bytes.
pub(super) fn next_string<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (text, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = after;
    std::str::from_utf8(text).ok()
}
