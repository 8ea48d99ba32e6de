//! A connection to memcached without what the adapter puts around it: no pool, no checks, no time
//! limit. What it takes is the least that any client on this runtime takes.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use session_limit_memcached::{Bare, MemcachedStore};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use session_limit_bench::logins::SERVER;

use crate::round_trips::RoundTrip;

/// How many items were added, so that each gets a key of its own.
static ADDED: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Wire {
    connection: BufReader<Bare>,
    /// Begins the keys that it uses now. No other connection has them.
    prefix: String,
    number: usize,
    line: String,
    value: Vec<u8>,
    /// The version of what was loaded last, first of several.
    version: String,
}

impl Wire {
    /// On the connection that `store` would use next, which it can do without until that is
    /// [given back](Self::give_back). No two wires that are there at once may have one number.
    pub(crate) async fn of(store: &MemcachedStore, number: usize) -> Result<Self> {
        Ok(Self {
            connection: BufReader::new(store.lend().await?),
            prefix: String::new(),
            number,
            line: String::new(),
            value: Vec::new(),
            version: String::new(),
        })
    }

    /// Lets `store` have its connection again.
    pub(crate) fn give_back(self, store: &MemcachedStore) -> Result<()> {
        ensure!(self.connection.buffer().is_empty(), "memcached has said more than was asked");
        store.take_back(self.connection.into_inner());
        Ok(())
    }

    /// From now on, uses the keys of what is called this.
    pub(crate) fn turn_to(&mut self, name: usize) {
        self.prefix.clear();
        self.prefix += &format!("sl1/table/{SERVER}/bare-{:05}-{name}", self.number);
    }

    /// Puts there what `trips` are going to find.
    pub(crate) async fn prepare(&mut self, trips: &[RoundTrip]) -> Result<()> {
        for (at, trip) in trips.iter().enumerate() {
            match trip {
                RoundTrip::Load(lengths) => {
                    for (nth, len) in lengths.iter().enumerate() {
                        if let Some(len) = len {
                            let key = self.key(at, nth);
                            self.store(&format!("ms {key} {len} T86400"), *len).await?;
                        }
                    }
                }
                RoundTrip::Decrement | RoundTrip::Count | RoundTrip::Touch => {
                    let key = self.key(at, 0);
                    self.ask(&format!("ma {key} N86400 J1000000 D1 v\r\n"), 1).await?;
                }
                RoundTrip::Add(_) | RoundTrip::Replace(_) | RoundTrip::Increment => {}
            }
        }
        Ok(())
    }

    /// Makes `trips`, one after the other.
    pub(crate) async fn make(&mut self, trips: &[RoundTrip]) -> Result<()> {
        let mut loaded = String::new();
        for (at, trip) in trips.iter().enumerate() {
            match trip {
                RoundTrip::Load(lengths) => {
                    loaded = self.key(at, 0);
                    let keys = (0..lengths.len()).map(|nth| self.key(at, nth));
                    let request: String = keys.map(|key| format!("mg {key} c v\r\n")).collect();
                    self.ask(&request, lengths.len()).await?;
                }
                RoundTrip::Replace(len) => {
                    let version = std::mem::take(&mut self.version);
                    self.store(&format!("ms {loaded} {len} C{version} T86400"), *len).await?;
                }
                RoundTrip::Add(len) => {
                    let nth = ADDED.fetch_add(1, Ordering::Relaxed);
                    let key = format!("{}/{nth}", self.prefix);
                    self.store(&format!("ms {key} {len} ME T86400"), *len).await?;
                }
                RoundTrip::Increment => {
                    let key = self.key(at, 0);
                    self.ask(&format!("ma {key} N86400 J1 D1 T86400 v\r\n"), 1).await?;
                }
                RoundTrip::Decrement => {
                    let key = self.key(at, 0);
                    self.ask(&format!("ma {key} MD D1 v\r\n"), 1).await?;
                }
                RoundTrip::Count => {
                    let key = self.key(at, 0);
                    self.ask(&format!("mg {key} v\r\n"), 1).await?;
                }
                RoundTrip::Touch => {
                    let key = self.key(at, 0);
                    self.ask(&format!("mg {key} T86400\r\n"), 1).await?;
                }
            }
        }
        Ok(())
    }

    fn key(&self, at: usize, nth: usize) -> String {
        format!("{}-{at}-{nth}", self.prefix)
    }

    async fn store(&mut self, command: &str, len: usize) -> Result<()> {
        let mut request = Vec::with_capacity(command.len() + len + 4);
        request.extend(command.as_bytes());
        request.extend(b"\r\n");
        request.resize(request.len() + len, b'x');
        request.extend(b"\r\n");
        self.send(&request).await?;
        self.answer().await?;
        ensure!(self.line.starts_with("HD"), "memcached answers {:?} to {command:?}", self.line);
        Ok(())
    }

    async fn ask(&mut self, request: &str, answers: usize) -> Result<()> {
        self.send(request.as_bytes()).await?;
        for nth in 0..answers {
            self.answer().await?;
            if nth == 0 {
                let version = self.line.split_ascii_whitespace().find_map(|w| w.strip_prefix('c'));
                self.version.clear();
                self.version.push_str(version.unwrap_or_default());
            }
        }
        Ok(())
    }

    async fn send(&mut self, request: &[u8]) -> Result<()> {
        self.connection.get_mut().write_all(request).await?;
        Ok(self.connection.get_mut().flush().await?)
    }

    async fn answer(&mut self) -> Result<()> {
        self.line.clear();
        self.connection.read_line(&mut self.line).await?;
        if let Some(rest) = self.line.strip_prefix("VA ") {
            let len = rest.split_ascii_whitespace().next().context("a value has a length")?;
            self.value.resize(len.parse::<usize>()? + 2, 0);
            self.connection.read_exact(&mut self.value).await?;
        }
        ensure!(!self.line.is_empty(), "memcached has closed a connection");
        Ok(())
    }
}
