//! The channels of a connection: the client's requests on their way to the files, and the answers.

use std::collections::HashMap;
use std::io::Result;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use russh::server::Msg;
use russh::{Channel, ChannelId, ChannelWriteHalf};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::backlog::Backlog;
use crate::cancellable_stream::CancellableStream;
use crate::sftp::Sftp;

/// The most channels that a connection may hold open at once.
const MOST_CHANNELS: usize = 8;

/// The open channels of one connection. Nothing that a client sends on them ever makes the
/// connection itself wait, which has to see when the client leaves.
pub(crate) struct Channels {
    open: HashMap<ChannelId, Open>,
    backlog: Arc<Backlog>,
    over: CancellationToken,
}

enum Open {
    /// It has not asked for SFTP yet; what it sends meanwhile is dropped.
    Waiting(ChannelWriteHalf<Msg>),
    Serving(Requests),
    /// The client has sent all that it will.
    AtEnd,
}

impl Channels {
    /// No channels yet. What is asked on them counts in `backlog`, and they end with `over`.
    #[must_use]
    pub(crate) fn new(backlog: Arc<Backlog>, over: CancellationToken) -> Self {
        Self { open: HashMap::new(), backlog, over }
    }

    /// Takes a channel in, if there is room for one more.
    pub(crate) fn open(&mut self, channel: Channel<Msg>) -> bool {
        let has_room = self.open.len() < MOST_CHANNELS;
        if has_room {
            let (id, (_, answers)) = (channel.id(), channel.split());
            self.open.insert(id, Open::Waiting(answers));
        }
        has_room
    }

    /// Lets `sftp` answer what comes on a channel, if that channel waits for it.
    pub(crate) fn serve(&mut self, id: ChannelId, sftp: impl FnOnce() -> Sftp) -> bool {
        let Some(channel) = self.open.get_mut(&id) else { return false };
        if !matches!(channel, Open::Waiting(_)) {
            return false;
        }
        let ended = CancellationToken::new();
        let (requests, reader) = requests(Arc::clone(&self.backlog), ended.clone().drop_guard());
        let Open::Waiting(answers) = std::mem::replace(channel, Open::Serving(requests)) else {
            return false;
        };
        let stream = tokio::io::join(reader, answers.make_writer());
        let stream = CancellableStream::new(stream, self.over.clone());
        tokio::spawn(russh_sftp::server::run(stream, sftp()));
        tokio::spawn(async move {
            ended.cancelled().await;
            // `scp` fails without a status. These fail if the connection is gone.
            let _ = answers.exit_status(0).await;
            let _ = answers.eof().await;
            let _ = answers.close().await;
        });
        true
    }

    /// Takes something that the client has sent.
    pub(crate) fn received(&mut self, id: ChannelId, data: &[u8]) {
        if let Some(Open::Serving(requests)) = self.open.get(&id) {
            requests.push(data);
        }
    }

    /// Notes that the client will not send anything more on this channel.
    pub(crate) fn at_end(&mut self, id: ChannelId) {
        if let Some(channel) = self.open.get_mut(&id) {
            *channel = Open::AtEnd;
        }
    }

    /// Notes that the client has closed a channel.
    pub(crate) fn closed(&mut self, id: ChannelId) {
        self.open.remove(&id);
    }
}

/// The writing end of a queue of requests.
struct Requests {
    queue: UnboundedSender<Vec<u8>>,
    backlog: Arc<Backlog>,
}

/// The reading end of that queue. It ends when the channel has ended.
struct RequestReader {
    queue: UnboundedReceiver<Vec<u8>>,
    backlog: Arc<Backlog>,
    current: Vec<u8>,
    read: usize,
    _ended: DropGuard,
}

fn requests(backlog: Arc<Backlog>, ended: DropGuard) -> (Requests, RequestReader) {
    let (sender, queue) = unbounded_channel();
    let requests = Requests { queue: sender, backlog: Arc::clone(&backlog) };
    (requests, RequestReader { queue, backlog, current: Vec::new(), read: 0, _ended: ended })
}

impl Requests {
    fn push(&self, data: &[u8]) {
        self.backlog.add(data.len());
        if self.queue.send(data.to_vec()).is_err() {
            self.backlog.take(data.len());
        }
    }
}

impl AsyncRead for RequestReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        while self.read == self.current.len() {
            let Some(next) = ready!(self.queue.poll_recv(context)) else {
                return Poll::Ready(Ok(()));
            };
            self.current = next;
            self.read = 0;
        }
        let rest = self.current.get(self.read..).unwrap_or_default();
        let (some, _) = rest.split_at(rest.len().min(buffer.remaining()));
        buffer.put_slice(some);
        let some = some.len();
        self.read += some;
        self.backlog.take(some);
        Poll::Ready(Ok(()))
    }
}

impl Drop for RequestReader {
    fn drop(&mut self) {
        self.queue.close();
        self.backlog.take(self.current.len() - self.read);
        while let Ok(request) = self.queue.try_recv() {
            self.backlog.take(request.len());
        }
    }
}
