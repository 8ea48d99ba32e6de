//! A stream that ends when it is told to.

use std::io::{ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A stream until a token is cancelled: from then on there is nothing to read, and writing fails.
/// Whoever waits for the stream is woken.
pub(crate) struct CancellableStream<S> {
    stream: S,
    over: Pin<Box<WaitForCancellationFutureOwned>>,
    token: CancellationToken,
}

impl<S> CancellableStream<S> {
    /// `stream`, until `token` is cancelled.
    #[must_use]
    pub(crate) fn new(stream: S, token: CancellationToken) -> Self {
        Self { stream, over: Box::pin(token.clone().cancelled_owned()), token }
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.token.is_cancelled() || self.over.as_mut().poll(context).is_ready()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CancellableStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.is_over(context) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CancellableStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        if self.is_over(context) {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        if self.is_over(context) {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_the_stream_is_woken() {
        let (reader, _silent) = tokio::io::duplex(1);
        let (writer, _full) = tokio::io::duplex(1);
        let token = CancellationToken::new();
        let mut reader = CancellableStream::new(reader, token.clone());
        let mut writer = CancellableStream::new(writer, token.clone());
        let mut byte = [0];
        let (read, written, ()) =
            tokio::join!(reader.read(&mut byte), writer.write_all(b"more than fits"), async {
                tokio::task::yield_now().await;
                token.cancel();
            });
        assert_eq!(read.unwrap(), 0);
        assert_eq!(written.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
