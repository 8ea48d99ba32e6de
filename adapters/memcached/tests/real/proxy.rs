//! Stands between a store and its server, and misbehaves when told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use session_limit_memcached::{Config, MemcachedStore};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use crate::tools::PATIENCE;

/// Passes bytes on. Needs a runtime.
pub(crate) struct Proxy {
    port: u16,
    orders: Arc<Orders>,
}

#[derive(Default)]
pub(crate) struct Orders {
    /// That many answers are withheld, and their connections closed.
    pub(crate) lose: AtomicUsize,
    /// Answers come one byte at a time.
    pub(crate) drip: AtomicBool,
    /// How many connections there have been.
    pub(crate) connections: AtomicUsize,
    open: std::sync::Mutex<Vec<AbortHandle>>,
}

impl Proxy {
    /// In front of the server on `port`.
    pub(crate) async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let orders = Arc::new(Orders::default());
        let told = Arc::clone(&orders);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                told.connections.fetch_add(1, Ordering::SeqCst);
                // Locked before it starts, or it could answer before it can be cut.
                let mut open = told.open.lock().unwrap();
                open.push(tokio::spawn(pass(client, port, Arc::clone(&told))).abort_handle());
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
        for task in &open {
            task.abort();
        }
        while !open.iter().all(AbortHandle::is_finished) {
            tokio::task::yield_now().await;
        }
    }
}

async fn pass(mut client: TcpStream, port: u16, orders: Arc<Orders>) {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    client.set_nodelay(true).unwrap();
    // So that closing it returns when the other end knows.
    SockRef::from(&client).set_linger(Some(PATIENCE)).unwrap();
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
