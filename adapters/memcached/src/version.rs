//! Versions of values.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name of one version of one value: memcached's number for it, and the origin of that number.
///
/// A server that is restarted numbers its values from the start, so a number alone can come to name
/// another value. So a version is good only on connections that answered before the value was read,
/// and have lived ever since. As long as one of them lives, so does the server that the value is
/// from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub(crate) cas: u64,
    pub(crate) seen: Seen,
}

/// The connection and the moment at which something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The connection that it was read on.
    pub(crate) on: Proven,
    /// The latest connection that had answered by then.
    pub(crate) horizon: u64,
}

/// A connection that has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// The address at its other end.
    pub(crate) peer: SocketAddr,
    /// Counts the connections of this process in the order of their first answers.
    number: u64,
}

static LATEST: AtomicU64 = AtomicU64::new(0);

impl Proven {
    /// A connection that has just answered for the first time.
    pub(crate) fn now(peer: SocketAddr) -> Self {
        Self { peer, number: LATEST.fetch_add(1, Ordering::SeqCst).wrapping_add(1) }
    }
}

impl Seen {
    /// The horizon of what is read from now on.
    pub(crate) fn horizon() -> u64 {
        LATEST.load(Ordering::SeqCst)
    }

    /// True if a number that was seen here means the same on `connection`, if that still lives.
    pub(crate) fn is_valid_on(&self, connection: Proven) -> bool {
        connection == self.on
            || (connection.peer == self.on.peer && connection.number <= self.horizon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_good_on_its_own_and_on_older_connections_to_the_same_server() {
        let here: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let there: SocketAddr = "127.0.0.1:2".parse().unwrap();
        let (older, elsewhere) = (Proven::now(here), Proven::now(there));
        let horizon = Seen::horizon();
        let (meanwhile, own) = (Proven::now(here), Proven::now(here));
        let seen = Seen { on: own, horizon };
        assert!(seen.is_valid_on(own));
        assert!(seen.is_valid_on(older));
        assert!(!seen.is_valid_on(meanwhile), "it may be to a server started since");
        assert!(!seen.is_valid_on(elsewhere));
    }
}
