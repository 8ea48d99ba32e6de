//! One node: the connection for each request, and the requests that are sent again.

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::config::Address;
use crate::connection::Connection;
use crate::deadline::Deadline;
use crate::failure::{Cause, Failure};
use crate::names::Names;
use crate::pool::{Lease, Pool};
use crate::reply::Reply;
use crate::request::Request;
use crate::tls::Tls;
use crate::version::Seen;

/// The most connections to a node. Who comes later waits: the answers come no sooner if a
/// thousand ask at once.
const MOST_CONNECTIONS: usize = 64;

/// A connection that has been idle for longer is asked for a sign of life first. A device on the
/// way to the server may have forgotten it, and then a write would be lost in silence.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);

/// A connection that has been idle for no longer is not even looked at. The next round trip of a
/// login comes sooner than this. An end that came so late could as well be on its way still, where
/// no look finds it. An answer that nobody asked for has another mark than the next request, or
/// none of its words.
const JUST_USED: Duration = Duration::from_millis(1);

/// A node and the connections to it.
pub(crate) struct Node {
    address: Address,
    names: Names,
    tls: Option<Tls>,
    pool: Pool,
    permits: Semaphore,
    longest: usize,
}

/// The connections that will do.
#[derive(Clone, Copy)]
pub(crate) enum Via<'a> {
    Any,
    /// Those on which what was seen is valid.
    Valid(&'a Seen),
}

/// The answers to a request, and where they are from.
pub(crate) struct Answers {
    pub(crate) replies: Vec<Reply>,
    pub(crate) seen: Seen,
}

impl Node {
    /// A node whose values have up to `longest` bytes.
    pub(crate) fn new(address: Address, tls: Option<Tls>, longest: usize) -> Self {
        let (pool, permits) = (Pool::default(), Semaphore::new(MOST_CONNECTIONS));
        Self { address, names: Names::System, tls, pool, permits, longest }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Sends `request` and returns its answers. What fails on a connection that had been idle is
    /// sent once more, on a new one, if that does not change what it does.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        via: Via<'_>,
        deadline: Deadline,
    ) -> Result<Answers, Failure> {
        let Some(Ok(_permit)) = deadline.bound(self.permits.acquire()).await else {
            return Err(Failure::NotSent(Cause::Timeout));
        };
        let first = match self.idle(via, deadline).await? {
            Some(lease) => match self.exchange_on(lease, request, deadline).await {
                Err(failure) if failure.may_repeat(request.effect()) && !deadline.is_over() => {
                    Some(failure)
                }
                done => return done,
            },
            None => None,
        };
        let lease = match via {
            Via::Any => self.open(deadline).await,
            Via::Valid(_) => Err(Failure::VersionGone),
        };
        let second = match lease {
            Ok(lease) => self.exchange_on(lease, request, deadline).await,
            Err(failure) => Err(failure),
        };
        match (first, second) {
            // It may have been done the first time.
            (Some(Failure::Unanswered(_)), Err(Failure::NotSent(cause))) => {
                Err(Failure::Unanswered(cause))
            }
            (_, second) => second,
        }
    }

    /// A connection that seems alive, if there is one.
    async fn idle(&self, via: Via<'_>, deadline: Deadline) -> Result<Option<Lease<'_>>, Failure> {
        loop {
            let mut lease = match via {
                Via::Valid(seen) => self.pool.take_valid(seen, deadline).await?,
                Via::Any => match self.pool.take() {
                    Some(lease) => lease,
                    None => return Ok(None),
                },
            };
            let Some(connection) = lease.connection() else { continue };
            let idle = connection.idle_for();
            if idle > JUST_USED && !connection.is_quiet() {
                continue;
            }
            if idle <= TRUSTED_IDLE || self.answers(connection, deadline).await {
                return Ok(Some(lease));
            }
            // The others will hardly be better off, and there is no time to ask each.
            self.pool.clear();
        }
    }

    /// True if a sign of life comes in half of the time that is left.
    async fn answers(&self, connection: &mut Connection, deadline: Deadline) -> bool {
        connection.exchange(&Request::probe(), self.longest, deadline.half()).await.is_ok()
    }

    /// Lends a connection, an idle one if there is one.
    #[cfg(feature = "__bench")]
    pub(crate) async fn lend(&self, deadline: Deadline) -> Result<Connection, Failure> {
        let lease = match self.pool.take() {
            Some(lease) => lease,
            None => self.open(deadline).await?,
        };
        // A lease always holds one.
        lease.take_away().ok_or(Failure::VersionGone)
    }

    /// Takes back what was lent.
    #[cfg(feature = "__bench")]
    pub(crate) fn take_back(&self, connection: Connection) {
        self.pool.enter(connection).give_back();
    }

    async fn open(&self, deadline: Deadline) -> Result<Lease<'_>, Failure> {
        let (names, tls) = (&self.names, self.tls.as_ref());
        let connection = Connection::open(&self.address, names, tls, deadline).await?;
        Ok(self.pool.enter(connection))
    }

    async fn exchange_on(
        &self,
        mut lease: Lease<'_>,
        request: &Request,
        deadline: Deadline,
    ) -> Result<Answers, Failure> {
        let Some(connection) = lease.connection() else { return Err(Failure::VersionGone) };
        let horizon = Seen::horizon();
        let (replies, on) = connection.exchange(request, self.longest, deadline).await?;
        lease.give_back();
        Ok(Answers { replies, seen: Seen { on, horizon } })
    }
}
