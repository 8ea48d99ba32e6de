//! The node that keeps a key.
//!
//! Rendezvous hashing: each node draws a number for the key, and the highest wins. Adding or
//! removing a node moves only the keys that it wins or had won. The numbers depend on nothing but
//! the texts of the node and the key, so every process and every version agrees. If two processes
//! disagreed, each would count on its own.

use session_limit_core::store::Key;

use crate::config::Address;

/// The nodes, each with the number its name gives.
#[derive(Debug)]
pub(crate) struct Router {
    seeds: Vec<u64>,
}

impl Router {
    pub(crate) fn new(nodes: &[Address]) -> Self {
        let seed = |node: &Address| hash(OFFSET_BASIS, node.to_string().as_bytes());
        Self { seeds: nodes.iter().map(seed).collect() }
    }

    /// The index of the node that keeps `key`.
    pub(crate) fn node_of(&self, key: &Key) -> usize {
        let bytes = key.as_str().as_bytes();
        let weights = self.seeds.iter().map(|seed| scramble(hash(*seed, bytes)));
        weights.enumerate().max_by_key(|(_, weight)| *weight).map_or(0, |(index, _)| index)
    }
}

/// The start of 64-bit FNV-1a.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, continued from `state`, with a byte in front that no name and no key contains.
fn hash(state: u64, bytes: &[u8]) -> u64 {
    let step = |state: u64, byte: &u8| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    std::iter::once(&0xff).chain(bytes).fold(state, step)
}

/// The last step of SplitMix64: FNV alone leaves similar keys with similar high bits.
fn scramble(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use session_limit_core::names::{ServerId, UserName};

    use super::*;

    fn nodes(names: &[&str]) -> Vec<Address> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn key(number: usize) -> Key {
        let server = ServerId::new("s-0123456789abcdef0").unwrap();
        Key::table(&server, &UserName::new(&format!("user{number}")).unwrap())
    }

    #[test]
    fn every_version_routes_alike() {
        let router = Router::new(&nodes(&["a:11211", "b:11211", "c:11211"]));
        let routed: Vec<_> = (0..16).map(|number| router.node_of(&key(number))).collect();
        assert_eq!(routed, [0, 2, 1, 0, 1, 0, 1, 1, 2, 1, 0, 2, 2, 0, 0, 1]);
    }

    #[test]
    fn the_order_of_the_nodes_does_not_matter() {
        let (one, other) = (nodes(&["a:1", "b:1", "c:1"]), nodes(&["c:1", "a:1", "b:1"]));
        for number in 0..1_000 {
            let key = key(number);
            let first = &one[Router::new(&one).node_of(&key)];
            assert_eq!(first, &other[Router::new(&other).node_of(&key)]);
        }
    }

    #[test]
    fn nodes_get_equal_shares() {
        let router = Router::new(&nodes(&["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"]));
        let mut shares = [0_usize; 3];
        for number in 0..30_000 {
            shares[router.node_of(&key(number))] += 1;
        }
        assert!(shares.iter().all(|share| (9_500..10_500).contains(share)), "{shares:?}");
    }

    #[test]
    fn a_lost_node_moves_only_its_own_keys() {
        let (all, left) = (nodes(&["a:1", "b:1", "c:1"]), nodes(&["a:1", "b:1"]));
        let (before, after) = (Router::new(&all), Router::new(&left));
        for number in 0..1_000 {
            let key = key(number);
            let node = before.node_of(&key);
            assert!(node == 2 || node == after.node_of(&key));
        }
    }
}
