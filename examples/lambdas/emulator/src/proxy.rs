//! A wire between a function and a server, which a test can cut.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The way in which a [`Proxy`] handles traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Traffic {
    /// Hands everything on.
    #[default]
    Flows,
    /// Hands on what goes to the server, and holds back what comes from it after so many
    /// [replies](Proxy::replies).
    RepliesHeldAfter(usize),
    /// Takes connections, and hands on nothing.
    Stopped,
}

/// A server on loopback that hands everything on to another, as long as it is let.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    traffic: Arc<watch::Sender<Traffic>>,
    replies: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Stands in front of `server`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let traffic = Arc::new(watch::Sender::new(Traffic::Flows));
        let count = Arc::new(watch::Sender::new(0));
        let replies = count.subscribe();
        let accepting = tokio::spawn({
            let traffic = Arc::clone(&traffic);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let Ok(server) = TcpStream::connect(server).await else { continue };
                    let _ = (client.set_nodelay(true), server.set_nodelay(true));
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = server.into_split();
                    let (there, back) = (traffic.subscribe(), traffic.subscribe());
                    let count = Arc::clone(&count);
                    tokio::spawn(requests(from_client, to_server, there));
                    tokio::spawn(replies_of(from_server, to_client, back, count));
                }
            }
        });
        Ok(Self { address, traffic, replies, accepting })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Handles traffic like this from now on, on all connections.
    pub fn set(&self, traffic: Traffic) {
        self.traffic.send_replace(traffic);
    }

    /// The number of times that the server has sent something, held back or not.
    #[must_use]
    pub fn replies(&self) -> usize {
        *self.replies.borrow()
    }

    /// Waits until the server has sent something `count` times.
    pub async fn replied(&self, count: usize) {
        let _ = self.replies.clone().wait_for(|replies| *replies >= count).await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut traffic: watch::Receiver<Traffic>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let flows = traffic.wait_for(|traffic| *traffic != Traffic::Stopped).await.is_ok();
        if !flows || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn replies_of(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut traffic: watch::Receiver<Traffic>,
    count: Arc<watch::Sender<usize>>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let mut number = 0;
        count.send_modify(|count| {
            *count += 1;
            number = *count;
        });
        let passes = |traffic: &Traffic| match traffic {
            Traffic::Flows => true,
            Traffic::RepliesHeldAfter(last) => number <= *last,
            Traffic::Stopped => false,
        };
        let flows = traffic.wait_for(passes).await.is_ok();
        if !flows || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
