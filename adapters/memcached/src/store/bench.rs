//! The part of this crate that the project's benchmark reaches; not for anybody else.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use session_limit_core::store::StoreError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::MemcachedStore;
use crate::connection::Connection;
use crate::effect::Effect;

/// The longest value whose swap, if it fails, brings along what there is in one round trip.
#[doc(hidden)]
pub const LONGEST_PAIRED: usize = super::table::LONGEST_PAIRED;

/// A connection of a store, lent to whoever asks without it. It has to be in step when it is given
/// back.
pub struct Bare(Connection);

impl MemcachedStore {
    /// Lends the connection to the first node that would be used next.
    ///
    /// # Errors
    /// There was none, and no new one could be opened.
    #[doc(hidden)]
    pub async fn lend(&self) -> Result<Bare, StoreError> {
        let node = self.nodes.first();
        let node = node.ok_or_else(|| StoreError::Rejected("the store has no nodes".into()))?;
        let connection = node.lend(self.deadline()).await;
        connection
            .map(Bare)
            .map_err(|failure| failure.into_store_error(node.address(), Effect::None))
    }

    /// Takes back what was lent.
    #[doc(hidden)]
    pub fn take_back(&self, Bare(connection): Bare) {
        if let Some(node) = self.nodes.first() {
            node.take_back(connection);
        }
    }
}

impl AsyncRead for Bare {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(self.0.transport()).poll_read(cx, buf)
    }
}

impl AsyncWrite for Bare {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.0.transport()).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.transport()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.transport()).poll_shutdown(cx)
    }
}
