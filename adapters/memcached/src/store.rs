//! The store: the operations of the ledgers, as requests to nodes.

pub(crate) mod answer;
#[cfg(feature = "__bench")]
mod bench;
mod count;
mod table;

use std::fmt;
use std::time::Duration;

use session_limit_core::store::{Key, Store, StoreError, Versioned, Write};
use session_limit_core::time::Timestamp;

use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::OpenError;
use crate::node::{Answers, Node, Via};
use crate::reply::Reply;
use crate::request::Request;
use crate::routing::Router;
use crate::tls::{self, Tls};
use crate::version::{Seen, Version};
use answer::{item, unexpected, written};
#[cfg(feature = "__bench")]
pub use bench::{Bare, LONGEST_PAIRED};

/// The most keys that are read with one request. All of them would fit, but a server that cannot
/// get rid of its answers stops reading.
const MOST_KEYS: usize = 128;

/// The length of values that can be read in any case, since another process may write larger ones
/// than this one does.
const LEAST_READABLE: usize = 1024 * 1024;

/// Keeps leases and counters in Memcached or ElastiCache.
///
/// It needs a tokio runtime with I/O and time. Every operation takes at most the time that the
/// [`Config`] allows, connecting included. An operation that is dropped half-way may or may not be
/// carried out. Its answer is never taken for that of a later one.
pub struct MemcachedStore {
    nodes: Vec<Node>,
    router: Router,
    timeout: Duration,
    max_value_len: usize,
}

impl MemcachedStore {
    /// A store as `config` describes it. It connects when it is first asked something.
    ///
    /// # Errors
    /// The certificates or the hosts that `config` names cannot be used.
    pub fn new(config: &Config) -> Result<Self, OpenError> {
        let connector = config.trust().map(tls::connector).transpose()?;
        let max_value_len = config.max_value_len();
        let longest = max_value_len.max(LEAST_READABLE);
        let nodes = config.nodes().iter().map(|address| {
            let tls = connector.as_ref().map(|connector| Tls::new(connector, address));
            Ok(Node::new(address.clone(), tls.transpose()?, longest))
        });
        Ok(Self {
            nodes: nodes.collect::<Result<_, OpenError>>()?,
            router: Router::new(config.nodes()),
            timeout: config.timeout(),
            max_value_len,
        })
    }

    /// A store at `address`, in the form that [`Config`] reads, whose operations take at most
    /// `timeout`.
    ///
    /// # Errors
    /// `address` is none, or the certificates or the hosts that it names cannot be used.
    pub fn open(address: &str, timeout: Duration) -> Result<Self, OpenError> {
        let config: Config = address.parse()?;
        Self::new(&config.with_timeout(timeout))
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.timeout)
    }

    fn node_of(&self, key: &Key) -> Result<&Node, StoreError> {
        let node = self.nodes.get(self.router.node_of(key));
        node.ok_or_else(|| StoreError::Rejected("the store has no nodes".into()))
    }

    /// Neighbours among `keys` that are on one node, in the order of the keys.
    fn runs<'a>(&self, keys: &'a [Key]) -> impl Iterator<Item = &'a [Key]> {
        keys.chunk_by(|one, other| self.router.node_of(one) == self.router.node_of(other))
            .flat_map(|run| run.chunks(MOST_KEYS))
    }

    /// Asks the node of `key` for something that has one answer.
    async fn ask(&self, key: &Key, request: &Request) -> Result<Reply, StoreError> {
        let (_, replies) = self.ask_all(key, request, self.deadline()).await?;
        replies.into_iter().next().ok_or_else(|| unexpected(key))
    }

    /// Asks the node of `key`.
    async fn ask_all(
        &self,
        key: &Key,
        request: &Request,
        deadline: Deadline,
    ) -> Result<(Seen, Vec<Reply>), StoreError> {
        let node = self.node_of(key)?;
        match node.exchange(request, Via::Any, deadline).await {
            Ok(Answers { replies, seen }) => Ok((seen, replies)),
            Err(failure) => Err(failure.into_store_error(node.address(), request.effect())),
        }
    }

    fn check_len(&self, value: &[u8]) -> Result<(), StoreError> {
        let (len, most) = (value.len(), self.max_value_len);
        if len <= most {
            return Ok(());
        }
        Err(StoreError::Rejected(format!("a value of {len} bytes is over the limit of {most}")))
    }
}

impl Store for MemcachedStore {
    type Version = Version;

    async fn load(
        &self,
        keys: &[Key],
        _: Timestamp,
    ) -> Result<Vec<Option<Versioned<Version>>>, StoreError> {
        let deadline = self.deadline();
        let mut items = Vec::with_capacity(keys.len());
        for run in self.runs(keys) {
            let Some(first) = run.first() else { continue };
            let (seen, replies) = self.ask_all(first, &Request::load(run)?, deadline).await?;
            for (key, reply) in run.iter().zip(replies) {
                items.push(item(key, reply, seen)?);
            }
        }
        Ok(items)
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check_len(value)?;
        written(key, Some(&self.ask(key, &Request::add(key, value, ttl)?).await?))
    }

    fn max_value_len(&self) -> usize {
        self.max_value_len
    }
}

impl fmt::Debug for MemcachedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<_> = self.nodes.iter().map(|node| node.address().to_string()).collect();
        f.debug_struct("MemcachedStore").field("nodes", &nodes).finish_non_exhaustive()
    }
}
