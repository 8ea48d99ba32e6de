//! Operations of this store that the conformance suite of all stores does not show.

use std::time::Duration;

use session_limit_core::names::{ServerId, SessionId};
use session_limit_core::store::{
    CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_harness::PATIENCE;
use session_limit_harness::memcached::Server;
use session_limit_memcached::{Config, MemcachedStore};

use crate::tools::{HOUR, NOW, Open, get, key, run, value};

#[test]
fn a_value_is_added_read_and_replaced() {
    let server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        assert_eq!(store.add(&key, b"one\r\n", HOUR, NOW).await, Ok(Write::Done));
        assert_eq!(store.add(&key, b"two", HOUR, NOW).await, Ok(Write::Conflict));
        let item = get(&store, &key).await.unwrap();
        assert_eq!(item.value, b"one\r\n");
        let replaced = store.replace(&key, &item.version, b"", HOUR, NOW).await;
        assert_eq!(replaced, Ok(Write::Done));
        assert_eq!(value(&store, &key).await.unwrap(), b"");
        let again = store.replace(&key, &item.version, b"x", HOUR, NOW).await;
        assert_eq!(again, Ok(Write::Conflict));
    });
}

/// The end-to-end tests look through this list for secrets.
#[test]
fn all_that_a_server_holds_is_listed() {
    let mut server = Server::start();
    assert_eq!(server.contents(), Some(Vec::new()));
    let key = key();
    run(async { server.store().add(&key, b"one\r\nMARKER", HOUR, NOW).await.unwrap() });
    let listed = format!("{key} one\r\nMARKER\r\n");
    assert_eq!(server.contents(), Some(listed.into_bytes()));
    server.kill();
    assert_eq!(server.contents(), None);
}

#[test]
fn a_counter_counts_and_loses_digits() {
    let server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        assert_eq!(store.decrement(&key, NOW).await, Ok(None));
        for expected in 1..=10 {
            assert_eq!(store.increment(&key, HOUR, NOW).await, Ok(expected));
        }
        assert_eq!(store.decrement(&key, NOW).await, Ok(Some(9)));
        assert_eq!(store.count(&key, NOW).await, Ok(Some(9)));
        store.touch(std::slice::from_ref(&key), HOUR, NOW).await.unwrap();
        assert_eq!(store.increment(&key, HOUR, NOW).await, Ok(10));
    });
}

/// Seen on the wire, since waiting for it would take too long: 1.5 s is rounded up.
#[test]
fn a_time_to_live_is_rounded_up() {
    let server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        store.add(&key, b"x", Duration::from_millis(100_500), NOW).await.unwrap();
        let left = seconds_left(&server, &key);
        assert!((100..=101).contains(&left), "{left}");
        store.increment(&self::key(), Duration::MAX, NOW).await.unwrap();
    });
}

/// With every load, and with what a failed swap finds.
#[test]
fn how_long_an_item_lives_on_is_told() {
    let server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        let assert_told = |item: &Versioned<_>, ttl: Duration| {
            let told = item.remaining.expect("it is told");
            assert!(told <= ttl && told + Duration::from_secs(30) > ttl, "{told:?} of {ttl:?}");
        };
        store.add(&key, b"one", HOUR, NOW).await.unwrap();
        let first = get(&store, &key).await.unwrap();
        assert_told(&first, HOUR);
        store.replace(&key, &first.version, b"two", 2 * HOUR, NOW).await.unwrap();
        assert_told(&get(&store, &key).await.unwrap(), 2 * HOUR);
        let swap = store.replace_or_load(&key, &first.version, b"three", HOUR, NOW).await;
        let Ok(Swap::Conflict(Some(there))) = swap else { panic!("{swap:?}") };
        assert_told(&there, 2 * HOUR);
        store.touch(std::slice::from_ref(&key), 3 * HOUR, NOW).await.unwrap();
        let both = store.load(&[key.clone(), key.clone()], NOW).await.unwrap();
        both.iter().for_each(|item| assert_told(item.as_ref().unwrap(), 3 * HOUR));
    });
}

#[test]
fn what_is_no_number_is_damage() {
    let server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        store.add(&key, b"many", HOUR, NOW).await.unwrap();
        let is_damage = |error| matches!(error, StoreError::Corrupt(_));
        assert!(is_damage(store.count(&key, NOW).await.unwrap_err()));
        assert!(is_damage(store.increment(&key, HOUR, NOW).await.unwrap_err()));
        assert!(is_damage(store.decrement(&key, NOW).await.unwrap_err()));
        let full = self::key();
        store.add(&full, u64::MAX.to_string().as_bytes(), HOUR, NOW).await.unwrap();
        assert!(is_damage(store.increment(&full, HOUR, NOW).await.unwrap_err()));
    });
}

/// The store refuses what the server would find too large, and nothing else.
#[test]
fn the_largest_value_fits_under_the_longest_key() {
    for bytes in [1024 * 1024, 16 * 1024] {
        let server = Server::start_with_items(bytes, &[]);
        run(async {
            let address = format!("memcached://{}?max_value={bytes}", server.node());
            let config: Config = address.parse().unwrap();
            let store = MemcachedStore::new(&config.with_timeout(PATIENCE)).unwrap();
            let largest = vec![b'x'; store.max_value_len()];
            let key = longest_key();
            assert_eq!(store.add(&key, &largest, HOUR, NOW).await, Ok(Write::Done));
            let item = get(&store, &key).await.unwrap();
            assert!(item.value == largest);
            let larger = [&largest[..], b"x"].concat();
            for refused in [
                store.replace(&key, &item.version, &larger, HOUR, NOW).await,
                store.add(&key, &larger, HOUR, NOW).await,
            ] {
                assert!(matches!(refused, Err(StoreError::Rejected(_))), "{refused:?}");
            }
            let replaced = store.replace(&key, &item.version, &largest, HOUR, NOW).await;
            assert_eq!(replaced, Ok(Write::Done));
        });
    }
}

fn longest_key() -> Key {
    let server = ServerId::new(&format!("s-{}", "f".repeat(64))).unwrap();
    Key::session(&server, &SessionId::new(&"a".repeat(40)).unwrap())
}

fn seconds_left(server: &Server, key: &Key) -> u64 {
    use std::io::{BufRead, BufReader, Write};
    let mut connection = std::net::TcpStream::connect(server.node()).unwrap();
    write!(connection, "mg {key} t\r\n").unwrap();
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line).unwrap();
    line.trim_end().strip_prefix("HD t").unwrap().parse().unwrap()
}
