//! Stands between a store and its server, and misbehaves when told to.

use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use session_limit_harness::PATIENCE;
use session_limit_memcached::{Config, MemcachedStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Passes bytes on. Needs a runtime.
pub(crate) struct Proxy {
    port: u16,
    orders: Arc<Orders>,
}

#[derive(Default)]
pub(crate) struct Orders {
    /// The number of answers to withhold; their connections are closed.
    pub(crate) lose: AtomicUsize,
    /// Answers come one byte at a time.
    pub(crate) drip: AtomicBool,
    /// The number of connections so far.
    pub(crate) connections: AtomicUsize,
    open: Mutex<Vec<(std::net::TcpStream, AbortHandle)>>,
}

impl Proxy {
    /// A proxy in front of the server on `port`.
    pub(crate) async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let orders = Arc::new(Orders::default());
        let told = Arc::clone(&orders);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                told.connections.fetch_add(1, Ordering::SeqCst);
                let client = client.into_std().unwrap();
                let handle = client.try_clone().unwrap();
                let client = TcpStream::from_std(client).unwrap();
                // Locked before it starts, or it could answer before it can be cut.
                let mut open = told.open.lock().unwrap();
                let task = tokio::spawn(pass(client, port, Arc::clone(&told)));
                open.push((handle, task.abort_handle()));
            }
        });
        Self { port: own_port, orders }
    }

    pub(crate) fn orders(&self) -> &Orders {
        &self.orders
    }

    pub(crate) fn store(&self) -> MemcachedStore {
        let config: Config = format!("memcached://127.0.0.1:{}", self.port).parse().unwrap();
        MemcachedStore::new(&config.with_timeout(PATIENCE)).unwrap()
    }

    /// Closes all connections, and returns when they are closed.
    pub(crate) async fn cut(&self) {
        let open = std::mem::take(&mut *self.orders.open.lock().unwrap());
        for (client, task) in &open {
            // Dropping is not enough: a server that another test is just starting holds copies of
            // this process's sockets for a moment.
            let _ = client.shutdown(Shutdown::Both);
            task.abort();
        }
        while !open.iter().all(|(_, task)| task.is_finished()) {
            tokio::task::yield_now().await;
        }
    }
}

/// Passes bytes on until one side ends, then says so to the other.
async fn pass(mut client: TcpStream, port: u16, orders: Arc<Orders>) {
    exchange(&mut client, port, &orders).await;
    let _ = client.shutdown().await;
}

async fn exchange(client: &mut TcpStream, port: u16, orders: &Orders) {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    client.set_nodelay(true).unwrap();
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(len @ 1..) => server.write_all(&asked[..len]).await.unwrap(),
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(len @ 1..) => {
                    let less = |left: usize| left.checked_sub(1);
                    let order = Ordering::SeqCst;
                    if orders.lose.fetch_update(order, order, less).is_ok() {
                        return;
                    }
                    let step = if orders.drip.load(order) { 1 } else { len };
                    for bytes in answered[..len].chunks(step) {
                        if client.write_all(bytes).await.is_err() {
                            return;
                        }
                        tokio::task::yield_now().await;
                    }
                }
                _ => return,
            },
        }
    }
}
