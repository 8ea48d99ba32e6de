//! A memcached of one's own, plain or over TLS, and bare connections to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use session_limit_bench::ledgers::Phase;
use session_limit_bench::logins::SERVER;
use session_limit_harness::PATIENCE;
use session_limit_harness::certificates::Certificates;
use session_limit_harness::memcached::Server;
use session_limit_memcached::{Bare, Config, LONGEST_PAIRED, MemcachedStore};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::crowd::{Client, Lender};
use crate::round_trip::{RoundTrip, Trips};

/// A server with room and connections for all that is measured. Ends with the value.
pub(crate) struct Memcached {
    server: Server,
    certificates: Option<Certificates>,
}

impl Memcached {
    /// A server with one thread, so that what is compared over two connections has the same way to it.
    pub(crate) fn start(over_tls: bool) -> Self {
        let certificates = over_tls.then(|| Certificates::naming(&["127.0.0.1"]));
        let mut arguments = ["-m", "2048", "-c", "4096", "-t", "1"].map(str::to_owned).to_vec();
        arguments.extend(certificates.iter().flat_map(Certificates::arguments));
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        Self { server: Server::start_with(&arguments), certificates }
    }

    /// Its host and port.
    pub(crate) fn node(&self) -> String {
        self.server.node()
    }

    /// A store with connections of its own, as the functions open it.
    pub(crate) fn store(&self) -> Result<Arc<MemcachedStore>> {
        let query = self.certificates.as_ref().map_or_else(String::new, |certificates| {
            format!("?tls=true&ca={}", certificates.ca().display())
        });
        let config: Config = format!("{}{query}", self.server.url()).parse()?;
        Ok(Arc::new(MemcachedStore::new(&config.with_timeout(PATIENCE))?))
    }
}

/// The number of items that were added, so that each gets a key of its own.
static ADDED: AtomicU64 = AtomicU64::new(0);

/// A connection without what the adapter puts around it: no pool, no checks, no time limit. It takes the
/// least that any client on this runtime takes.
pub(crate) struct Wire {
    connection: BufReader<Bare>,
    trips: Arc<Trips>,
    /// A part of its keys, which no other connection has.
    number: usize,
    line: String,
    value: Vec<u8>,
}

impl Lender for MemcachedStore {
    type Bare = Wire;

    const LONGEST_PAIRED: usize = LONGEST_PAIRED;

    async fn lend(&self, number: usize, trips: Arc<Trips>) -> Result<Wire> {
        let connection = BufReader::new(Self::lend(self).await?);
        Ok(Wire { connection, trips, number, line: String::new(), value: Vec::new() })
    }

    fn take_back(&self, Wire { connection, .. }: Wire) -> Result<()> {
        ensure!(connection.buffer().is_empty(), "memcached has said more than was asked");
        self.take_back(connection.into_inner());
        Ok(())
    }
}

impl Client for Wire {
    async fn act(&mut self, phase: Phase) -> Result<()> {
        let (part, number, mut loaded) = (phase as usize, self.number, String::new());
        for (at, trip) in Arc::clone(&self.trips)[part].iter().enumerate() {
            let key = |nth| format!("sl1/table/{SERVER}/bare-{number:05}-{part}-{at}-{nth}");
            let request = match trip {
                RoundTrip::Get(lengths) => {
                    loaded = key(0);
                    self.get(key, lengths).await?;
                    continue;
                }
                RoundTrip::Cas(len) => {
                    let version = self.line.split_ascii_whitespace().find(|it| it.starts_with('c'));
                    let version = version.context("a value has no version")?.to_uppercase();
                    set(&loaded, *len, &version)
                }
                RoundTrip::Add(len) => {
                    let nth = ADDED.fetch_add(1, Ordering::Relaxed);
                    set(&format!("{}/{nth}", key(0)), *len, "ME")
                }
                RoundTrip::Incr => format!("ma {} N86400 J1 T86400 v\r\n", key(0)).into(),
                RoundTrip::Decr => format!("ma {} N86400 J1000000 MD v\r\n", key(0)).into(),
                RoundTrip::Touch => format!("mg {} T86400\r\n", key(0)).into(),
            };
            self.ask(&request, 1).await?;
        }
        Ok(())
    }
}

impl Wire {
    /// Gets values of these lengths; it puts them there if they are not, as they are at first.
    async fn get(
        &mut self,
        key: impl Fn(usize) -> String,
        lengths: &[Option<usize>],
    ) -> Result<()> {
        // The first one last, since its version is what is swapped.
        let gets = (0..lengths.len()).rev().map(|nth| format!("mg {} c v\r\n", key(nth)));
        let request: String = gets.collect();
        let is_all_there = self.ask(request.as_bytes(), lengths.len()).await?;
        if !is_all_there && lengths.iter().all(Option::is_some) {
            for (nth, len) in lengths.iter().flatten().enumerate() {
                self.ask(&set(&key(nth), *len, "MS"), 1).await?;
            }
            self.ask(request.as_bytes(), lengths.len()).await?;
        }
        Ok(())
    }

    /// Sends a request and reads so many answers. Tells if all that was asked for was there.
    async fn ask(&mut self, request: &[u8], answers: usize) -> Result<bool> {
        self.connection.get_mut().write_all(request).await?;
        self.connection.get_mut().flush().await?;
        let mut is_all_there = true;
        for _ in 0..answers {
            self.line.clear();
            self.connection.read_line(&mut self.line).await?;
            if let Some(rest) = self.line.strip_prefix("VA ") {
                let len = rest.split_ascii_whitespace().next().context("a value has a length")?;
                self.value.resize(len.parse::<usize>()? + 2, 0);
                self.connection.read_exact(&mut self.value).await?;
            } else if self.line.starts_with("EN") {
                is_all_there = false;
            } else {
                ensure!(self.line.starts_with("HD"), "memcached answers {:?}", self.line);
            }
        }
        Ok(is_all_there)
    }
}

/// A command that writes a value of this length, in this mode or over this version.
fn set(key: &str, len: usize, mode: &str) -> Vec<u8> {
    let mut request = format!("ms {key} {len} T86400 {mode}\r\n").into_bytes();
    request.reserve(len + 2);
    request.resize(request.len() + len, b'x');
    request.extend(b"\r\n");
    request
}
