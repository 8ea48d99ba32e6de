//! The SFTP protocol, version 3: from requests to files, and a log message for each change.

mod convert;

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

use russh_sftp::protocol::{
    Attrs, Data, File, FileAttributes, Handle as HandleReply, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::{Handler, StatusReply};
use tokio::sync::Semaphore;

use convert::{attributes, blocking, done, mode_of, next_string, open_options, settable};

use crate::files::{Attributes, Handle, Handles, OpenFile, View, VirtualPath};
use crate::log::SessionLog;

/// The most bytes that one read returns. A client that wants more asks again.
const LONGEST_READ: u32 = 128 * 1024;

/// One SFTP channel of a session.
pub struct Sftp {
    view: Arc<View>,
    log: Arc<SessionLog>,
    handles: Handles,
}

impl Sftp {
    /// A channel that shows `view` and may hold as many files open as there are `slots`.
    #[must_use]
    pub fn new(view: Arc<View>, log: Arc<SessionLog>, slots: Arc<Semaphore>) -> Self {
        Self { view, log, handles: Handles::new(slots) }
    }

    fn path(&self, text: &str) -> Result<VirtualPath, StatusReply> {
        self.view
            .mapping()
            .start()
            .join(text)
            .map_err(|_| StatusCode::NoSuchFile.with_message("not a file name in UTF-8"))
    }

    fn file(&self, handle: &str) -> Result<Arc<OpenFile>, StatusReply> {
        match self.handles.get(handle) {
            Some(Handle::File(file)) => Ok(file),
            _ => Err(StatusCode::Failure.with_message("no such file handle")),
        }
    }

    fn keep(&mut self, id: u32, handle: Handle) -> Result<HandleReply, StatusReply> {
        match self.handles.insert(handle) {
            Some(handle) => Ok(HandleReply { id, handle }),
            None => Err(StatusCode::Failure.with_message("too many open files in this session")),
        }
    }

    /// Does blocking work on the files.
    async fn files<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StatusReply> {
        let view = Arc::clone(&self.view);
        blocking(move || work(&view)).await
    }

    /// Does something to one file or folder, and logs how it went.
    async fn change(
        &self,
        id: u32,
        activity: &str,
        path: &str,
        work: impl FnOnce(&View, &VirtualPath) -> io::Result<()> + Send + 'static,
    ) -> Result<Status, StatusReply> {
        let path = self.path(path)?;
        let target = path.clone();
        match self.files(move |view| work(view, &target)).await {
            Ok(()) => self.log.changed(activity, &path),
            Err(reply) => return Err(self.failed(&path, activity, reply)),
        }
        Ok(done(id))
    }

    async fn rename(
        &self,
        id: u32,
        from: &str,
        to: &str,
        replace: bool,
    ) -> Result<Status, StatusReply> {
        let (from, to) = (self.path(from)?, self.path(to)?);
        let paths = (from.clone(), to.clone());
        match self.files(move |view| view.rename(&paths.0, &paths.1, replace)).await {
            Ok(()) => self.log.renamed(&from, &to),
            Err(reply) => return Err(self.failed(&from, "RENAME", reply)),
        }
        Ok(done(id))
    }

    fn failed(&self, path: &VirtualPath, operation: &str, reply: StatusReply) -> StatusReply {
        self.log.error(path, operation, reply.error_message.as_deref().unwrap_or_default());
        reply
    }
}

impl Drop for Sftp {
    fn drop(&mut self) {
        for handle in self.handles.drain() {
            if let Handle::File(file) = handle {
                self.log.closed(&file, true);
            }
        }
    }
}

impl Handler for Sftp {
    type Error = StatusReply;

    fn unimplemented(&self) -> StatusReply {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Result<Version, StatusReply> {
        let mut version = Version::new();
        version.extensions.insert("posix-rename@openssh.com".into(), "1".into());
        Ok(version)
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusReply> {
        let path = self.path(&path)?;
        Ok(Name { id, files: vec![File::dummy(path.to_string())] })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusReply> {
        let path = self.path(&path)?;
        let found = self.files(move |view| view.attributes(&path, true)).await?;
        Ok(Attrs { id, attrs: attributes(&found) })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusReply> {
        let path = self.path(&path)?;
        let found = self.files(move |view| view.attributes(&path, false)).await?;
        Ok(Attrs { id, attrs: attributes(&found) })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusReply> {
        let file = self.file(&handle)?;
        let found = blocking(move || Attributes::of_file(&file.file)).await?;
        Ok(Attrs { id, attrs: attributes(&found) })
    }

    async fn setstat(
        &mut self,
        id: u32,
        path: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusReply> {
        let (size, at) = settable(&attrs);
        self.change(id, "SETSTAT", &path, move |view, path| view.set(path, size, at)).await
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusReply> {
        let file = self.file(&handle)?;
        let (size, at) = settable(&attrs);
        blocking(move || crate::files::set_file(&file.file, size, at)).await?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<HandleReply, StatusReply> {
        let path = self.path(&path)?;
        let folder = self.files(move |view| view.list(&path)).await?;
        self.keep(id, Handle::Folder(Arc::new(Mutex::new(folder))))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusReply> {
        let Some(Handle::Folder(folder)) = self.handles.get(&handle) else {
            return Err(StatusCode::Failure.with_message("no such folder handle"));
        };
        let names =
            blocking(move || folder.lock().unwrap_or_else(PoisonError::into_inner).next_names())
                .await?;
        if names.is_empty() {
            return Err(StatusCode::Eof.into());
        }
        let files = names.into_iter().map(|(name, found)| File::new(name, attributes(&found)));
        Ok(Name { id, files: files.collect() })
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        flags: OpenFlags,
        _: FileAttributes,
    ) -> Result<HandleReply, StatusReply> {
        let path = self.path(&filename)?;
        let (target, options) = (path.clone(), open_options(flags));
        let file = match self.files(move |view| view.open_file(&target, &options)).await {
            Ok(file) => file,
            Err(reply) => return Err(self.failed(&path, "OPEN", reply)),
        };
        let reply = self.keep(id, Handle::File(Arc::new(OpenFile::new(file, path.clone()))))?;
        self.log.opened(&path, &mode_of(flags));
        Ok(reply)
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        len: u32,
    ) -> Result<Data, StatusReply> {
        let file = self.file(&handle)?;
        let mut data = vec![0; len.min(LONGEST_READ) as usize];
        let data = blocking(move || {
            let count = file.file.read_at(&mut data, offset)?;
            file.sent(count);
            data.truncate(count);
            Ok(data)
        })
        .await?;
        if data.is_empty() && len > 0 {
            return Err(StatusCode::Eof.into());
        }
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusReply> {
        let file = self.file(&handle)?;
        blocking(move || {
            file.file.write_all_at(&data, offset)?;
            file.received(data.len());
            Ok(())
        })
        .await?;
        Ok(done(id))
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusReply> {
        match self.handles.remove(&handle) {
            Some(Handle::File(file)) => self.log.closed(&file, false),
            Some(Handle::Folder(_)) => {}
            None => return Err(StatusCode::Failure.with_message("no such handle")),
        }
        Ok(done(id))
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusReply> {
        self.change(id, "DELETE", &filename, View::remove_file).await
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        _: FileAttributes,
    ) -> Result<Status, StatusReply> {
        self.change(id, "MKDIR", &path, View::create_dir).await
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusReply> {
        self.change(id, "RMDIR", &path, View::remove_dir).await
    }

    async fn rename(
        &mut self,
        id: u32,
        oldpath: String,
        newpath: String,
    ) -> Result<Status, StatusReply> {
        Sftp::rename(self, id, &oldpath, &newpath, false).await
    }

    async fn extended(
        &mut self,
        id: u32,
        request: String,
        data: Vec<u8>,
    ) -> Result<Packet, StatusReply> {
        if request != "posix-rename@openssh.com" {
            return Err(StatusCode::OpUnsupported.into());
        }
        let mut rest = data.as_slice();
        let (Some(from), Some(to)) = (next_string(&mut rest), next_string(&mut rest)) else {
            return Err(StatusCode::BadMessage.into());
        };
        Ok(Packet::Status(Sftp::rename(self, id, from, to, true).await?))
    }
}
