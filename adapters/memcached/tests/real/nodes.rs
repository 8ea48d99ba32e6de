//! Several nodes.

use session_limit_core::store::{CounterStore, Store};
use session_limit_harness::PATIENCE;
use session_limit_harness::memcached::Server;
use session_limit_memcached::{Config, MemcachedStore};

use crate::tools::{HOUR, NOW, key, run, value};

fn store<'a>(servers: impl IntoIterator<Item = &'a Server>) -> MemcachedStore {
    let nodes: Vec<_> = servers.into_iter().map(Server::node).collect();
    let config: Config = format!("memcached://{}", nodes.join(",")).parse().unwrap();
    MemcachedStore::new(&config.with_timeout(PATIENCE)).unwrap()
}

#[test]
fn nodes_share_the_keys_and_every_store_finds_them() {
    let servers = [Server::start(), Server::start(), Server::start()];
    run(async {
        let (one, other) = (store(&servers), store(servers.iter().rev()));
        let keys: Vec<_> = (0..90).map(|_| key()).collect();
        for key in &keys {
            one.add(key, key.as_str().as_bytes(), HOUR, NOW).await.unwrap();
        }
        let read = other.load(&keys, NOW).await.unwrap();
        for (key, item) in keys.iter().zip(read) {
            assert_eq!(item.unwrap().value, key.as_str().as_bytes());
        }
        other.touch(&keys, HOUR, NOW).await.unwrap();
        // How even the shares are depends on the ports that were free, so that is shown elsewhere.
        let mut shares = 0;
        for server in &servers {
            let alone = store([server]);
            let read = alone.load(&keys, NOW).await.unwrap();
            let share = read.iter().flatten().count();
            assert!(share > 0, "a node has nothing to do");
            shares += share;
        }
        assert_eq!(shares, keys.len());
    });
}

#[test]
fn a_dead_node_takes_only_its_own_keys_along() {
    let mut servers = [Server::start(), Server::start(), Server::start()];
    run(async {
        let store = store(&servers);
        let keys: Vec<_> = (0..30).map(|_| key()).collect();
        for key in &keys {
            store.increment(key, HOUR, NOW).await.unwrap();
        }
        servers[1].kill();
        let mut lost = 0;
        for key in &keys {
            match store.increment(key, HOUR, NOW).await {
                Ok(count) => assert_eq!(count, 2),
                Err(error) => {
                    assert!(error.is_retryable(), "{error}");
                    lost += 1;
                }
            }
        }
        assert!((1..30).contains(&lost), "{lost} of 30 keys");
        assert!(store.load(&keys, NOW).await.is_err(), "a part is not the whole");
        servers[1].restart();
        for key in &keys {
            assert!(matches!(value(&store, key).await.as_deref(), None | Some(b"2")));
        }
    });
}
