//! The requests of a client that nobody has answered yet.
//!
//! Only who reads a socket sees that the client is gone. So a connection is read on while its
//! client does not take its answers, as far as there is room for what it asks meanwhile. Beyond
//! that, reading waits until something has been answered, and writing goes on. If nothing is
//! answered for a while, the client asks and does not listen, and its connection ends.

use std::io::{ErrorKind, Result};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// The room for the requests of one connection: more than clients that listen ever fill.
pub(crate) const ROOM: usize = 16 * 1024 * 1024;
/// The longest time that a full backlog may stand still.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The requests of one connection that nobody has answered yet, in bytes.
pub(crate) struct Backlog {
    room: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: usize,
    /// The number of times that something has been taken away.
    taken: u64,
    reader: Option<Waker>,
}

impl Backlog {
    /// An empty backlog with room for so many bytes.
    #[must_use]
    pub(crate) fn new(room: usize) -> Arc<Self> {
        Arc::new(Self { room, state: Mutex::default() })
    }

    /// Adds a request of the client.
    pub(crate) fn add(&self, bytes: usize) {
        self.state().waiting += bytes;
    }

    /// Takes away a request that is being answered.
    pub(crate) fn take(&self, bytes: usize) {
        let mut state = self.state();
        state.waiting = state.waiting.saturating_sub(bytes);
        state.taken = state.taken.wrapping_add(1);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// The number of times that something has been taken away, if the backlog is full. The task is
    /// woken the next time.
    fn when_full(&self, context: &Context<'_>) -> Option<u64> {
        let mut state = self.state();
        (state.waiting >= self.room).then(|| {
            state.reader = Some(context.waker().clone());
            state.taken
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that is not read while the backlog is full.
pub(crate) struct Throttled<S> {
    stream: S,
    backlog: Arc<Backlog>,
    patience: Duration,
    standstill: Option<(u64, Pin<Box<Sleep>>)>,
}

impl<S> Throttled<S> {
    /// `stream`, which is at its end when a full backlog has stood still for `patience`.
    #[must_use]
    pub(crate) fn new(stream: S, backlog: Arc<Backlog>, patience: Duration) -> Self {
        Self { stream, backlog, patience, standstill: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Throttled<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let Some(taken) = self.backlog.when_full(context) else {
            self.standstill = None;
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        };
        let patience = self.patience;
        self.standstill.take_if(|(before, _)| *before != taken);
        let (_, end) =
            self.standstill.get_or_insert_with(|| (taken, Box::pin(tokio::time::sleep(patience))));
        ready!(end.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Throttled<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    const FOR_EVER: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn reading_goes_on_when_something_has_been_answered() {
        let backlog = Backlog::new(10);
        let mut stream = Throttled::new(&b"ab"[..], Arc::clone(&backlog), FOR_EVER);
        backlog.add(9);
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        backlog.add(1);
        let (read, ()) = tokio::join!(stream.read_u8(), async {
            tokio::task::yield_now().await;
            assert_eq!(backlog.state().waiting, 10);
            backlog.take(1);
        });
        assert_eq!(read.unwrap(), b'b');
    }

    #[tokio::test]
    async fn a_standstill_ends_the_stream() {
        let backlog = Backlog::new(10);
        let mut stream = Throttled::new(&b"ab"[..], Arc::clone(&backlog), Duration::ZERO);
        backlog.add(10);
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), ErrorKind::TimedOut);
    }
}
