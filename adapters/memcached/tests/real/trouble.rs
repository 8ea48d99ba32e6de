//! Servers that stand still, die, come back, forget and fill up.

use session_limit_core::store::{CounterStore, Store, StoreError, TableStore, Write};
use session_limit_harness::memcached::Server;
use session_limit_memcached::MemcachedStore;

use crate::tools::{HOUR, NOW, Open, SHORT, get, key, run, value};

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

fn is_ambiguous<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Ambiguous(_)))
}

fn impatient(server: &Server) -> MemcachedStore {
    MemcachedStore::open(&server.url(), SHORT).unwrap()
}

/// The answers of the frozen server come when it is thawed, to connections that are gone by then.
#[test]
fn a_frozen_server_is_given_up_and_its_late_answers_are_nobodys() {
    let server = Server::start();
    run(async {
        let (patient, store) = (server.store(), impatient(&server));
        let (counter, other, table) = (key(), key(), key());
        patient.increment(&counter, HOUR, NOW).await.unwrap();
        patient.add(&table, b"table", HOUR, NOW).await.unwrap();
        let item = loop {
            // On a slow machine even this may take too long.
            if let Ok(items) = store.load(std::slice::from_ref(&table), NOW).await {
                break items.into_iter().next().flatten().unwrap();
            }
        };

        server.freeze();
        assert!(is_unavailable(&store.load(std::slice::from_ref(&other), NOW).await));
        let replaced = store.replace(&table, &item.version, b"late", HOUR, NOW).await;
        assert!(is_ambiguous(&replaced) || replaced == Ok(Write::Conflict), "{replaced:?}");
        let mut ambiguous = 1;
        for _ in 0..5 {
            let incremented = store.increment(&counter, HOUR, NOW).await;
            assert!(is_ambiguous(&incremented) || is_unavailable(&incremented));
            ambiguous += u64::from(is_ambiguous(&incremented));
        }
        assert!(is_unavailable(&store.count(&counter, NOW).await));
        server.thaw();

        assert_eq!(value(&patient, &other).await, None);
        let after = patient.count(&counter, NOW).await.unwrap().unwrap();
        assert!((1..=ambiguous).contains(&after), "what was ambiguous may have happened: {after}");
        for _ in 0..20 {
            if let Ok(read) = store.load(std::slice::from_ref(&other), NOW).await {
                assert_eq!(read, [None]);
            }
        }
    });
}

#[test]
fn a_killed_server_is_unavailable_and_found_again() {
    let mut server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        store.increment(&key, HOUR, NOW).await.unwrap();
        server.kill();
        // The end of the connection may be still under way.
        assert!(store.increment(&key, HOUR, NOW).await.is_err_and(|error| error.is_retryable()));
        assert!(is_unavailable(&store.increment(&key, HOUR, NOW).await));
        assert!(is_unavailable(&store.load(std::slice::from_ref(&key), NOW).await));
        server.restart();
        assert_eq!(store.increment(&key, HOUR, NOW).await, Ok(1), "it starts with nothing");
    });
}

/// The restarted server gives the same number to another value. To swap that one would lose it.
#[test]
fn a_version_of_before_a_restart_swaps_nothing() {
    let mut server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        store.add(&key, b"before", HOUR, NOW).await.unwrap();
        let before = get(&store, &key).await.unwrap();

        server.restart();
        let other = server.store();
        other.add(&key, b"after", HOUR, NOW).await.unwrap();
        let after = get(&store, &key).await.unwrap(); // on a new connection, which stays idle
        let number = |version| {
            let text = format!("{version:?}");
            text.split(',').next().unwrap().to_owned()
        };
        assert_eq!(number(before.version), number(after.version), "the numbers start again");

        let stale = store.replace(&key, &before.version, b"wrong", HOUR, NOW).await;
        assert_eq!(stale, Ok(Write::Conflict));
        assert_eq!(value(&other, &key).await.unwrap(), b"after");
        let swapped = store.replace(&key, &after.version, b"right", HOUR, NOW).await;
        assert_eq!(swapped, Ok(Write::Done));
    });
}

#[test]
fn a_flushed_server_has_nothing_and_takes_new_values() {
    let server = Server::start();
    run(async {
        let (store, key) = (server.store(), key());
        store.add(&key, b"before", HOUR, NOW).await.unwrap();
        let item = get(&store, &key).await.unwrap();
        server.flush();
        assert_eq!(value(&store, &key).await, None);
        let stale = store.replace(&key, &item.version, b"wrong", HOUR, NOW).await;
        assert_eq!(stale, Ok(Write::Conflict));
        assert_eq!(store.decrement(&key, NOW).await, Ok(None));
        assert_eq!(store.add(&key, b"after", HOUR, NOW).await, Ok(Write::Done));
    });
}

/// A server that may not evict says so; nothing is written and nothing goes out of step.
#[test]
fn a_full_server_is_unavailable() {
    let server = Server::start_with(&["-m", "2", "-M"]);
    run(async {
        let (store, first) = (server.store(), key());
        let large = vec![b'x'; 100_000];
        store.add(&first, &large, HOUR, NOW).await.unwrap();
        let mut refused = 0;
        for _ in 0..100 {
            let key = key();
            match store.add(&key, &large, HOUR, NOW).await {
                Ok(done) => assert_eq!(done, Write::Done),
                Err(error) => {
                    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
                    assert_eq!(value(&store, &key).await, None);
                    refused += 1;
                }
            }
        }
        assert!(refused > 0, "the server takes more than it has room for");
        assert!(value(&store, &first).await.unwrap() == large);
    });
}

#[test]
fn a_server_that_evicts_forgets_the_oldest() {
    let server = Server::start_with(&["-m", "2"]);
    run(async {
        let (store, first) = (server.store(), key());
        let large = vec![b'x'; 100_000];
        store.add(&first, &large, HOUR, NOW).await.unwrap();
        let item = store.load(std::slice::from_ref(&first), NOW).await.unwrap().remove(0).unwrap();
        for _ in 0..100 {
            assert_eq!(store.add(&key(), &large, HOUR, NOW).await, Ok(Write::Done));
        }
        let gone = store.replace(&first, &item.version, b"x", HOUR, NOW).await;
        assert_eq!(gone, Ok(Write::Conflict));
        assert_eq!(value(&store, &first).await, None);
    });
}

#[test]
fn nobody_at_the_address_is_unavailable() {
    let mut server = Server::start();
    server.kill();
    run(async {
        let error = server.store().count(&key(), NOW).await.unwrap_err();
        assert!(is_unavailable::<()>(&Err(error.clone())), "{error}");
        assert!(error.to_string().contains(&server.node()), "{error}");
        let named = "memcached://no-such-host.invalid:11211".parse().unwrap();
        let lost = MemcachedStore::new(&named).unwrap().count(&key(), NOW).await;
        assert!(is_unavailable(&lost), "{lost:?}");
    });
}
