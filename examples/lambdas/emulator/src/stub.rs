//! A web service that answers what a test tells it to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::BufStream;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::http::{self, Request};

/// An answer of a [`Stub`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status, such as `200 OK`.
    pub status: &'static str,
    /// The body, which is sent as JSON.
    pub body: Vec<u8>,
}

/// A web service on loopback.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Stub {
    /// Answers every request with what `answer` returns for it. If that is `None`, the request
    /// never gets an answer.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start<F>(answer: F) -> io::Result<Self>
    where
        F: Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let answer = Arc::new(answer);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = Arc::clone(&answer);
                tokio::spawn(async move { serve(stream, &*answer).await });
            }
        });
        Ok(Self { address, accepting })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, answer: &(impl Fn(&Request) -> Option<Reply> + Sync)) {
    let mut stream = BufStream::new(stream);
    while let Ok(Some(request)) = http::read(&mut stream).await {
        let Some(Reply { status, body }) = answer(&request) else {
            return std::future::pending().await;
        };
        if http::write(stream.get_mut(), status, &[], &body).await.is_err() {
            return;
        }
    }
}
