//! A Lambda service for tests, on loopback. Functions poll it as they poll the [Lambda Runtime
//! API]. Tests invoke them directly or, as any program can, through the Invoke API.
//!
//! Any number of processes may poll one [`Emulator`]; each is given one invocation at a time, as
//! Lambda's execution environments are. A process that ends in the middle of an invocation fails
//! it.
//!
//! [Lambda Runtime API]: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

mod connection;
mod function;
mod http;
mod proxy;
mod queue;
mod stub;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use function::Function;
pub use http::Request;
pub use proxy::{Proxy, Traffic};
pub use queue::{Invocation, Outcome};
pub use stub::{Reply, Stub};

use queue::Queue;

/// The timeout of a function unless it is said otherwise, as AWS advises for logins.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// One function: its queue of invocations, and the API that its processes poll.
#[derive(Debug)]
pub struct Emulator {
    address: SocketAddr,
    queue: Arc<Queue>,
    accepting: JoinHandle<()>,
}

impl Emulator {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// There is no such port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let queue = Arc::<Queue>::default();
        let accepting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(connection::serve(stream, Arc::clone(&queue)));
                }
            }
        });
        Ok(Self { address, queue, accepting })
    }

    /// The host and port of the Invoke API, and the value of `AWS_LAMBDA_RUNTIME_API`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Invokes the function with `payload` and waits for the outcome.
    pub async fn invoke(&self, payload: impl Into<Vec<u8>>) -> Outcome {
        self.start_invocation(payload, TIMEOUT).outcome().await
    }

    /// Invokes the function. It has `timeout` to answer from the moment at which a process takes
    /// it.
    pub fn start_invocation(&self, payload: impl Into<Vec<u8>>, timeout: Duration) -> Invocation {
        self.queue.push(payload.into(), timeout)
    }

    /// Waits until `count` processes, no more and no fewer, wait for an invocation.
    pub async fn ready(&self, count: usize) {
        self.queue.ready(count).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
