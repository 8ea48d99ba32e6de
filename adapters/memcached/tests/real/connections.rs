//! Lost answers and connections.

use std::future::{Future as _, poll_fn};
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use session_limit_core::store::{CounterStore, Store, StoreError, Swap, TableStore, Write};
use session_limit_harness::memcached::Server;

use crate::proxy::Proxy;
use crate::tools::{HOUR, NOW, Open, get, key, run, value};

/// Until a connection is no longer one that has just been used, and is looked at before it is
/// again.
async fn pass() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

fn is_ambiguous<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Ambiguous(_)))
}

/// Sent again, an add that went through would be told that somebody else was first.
#[test]
fn a_write_whose_answer_is_lost_is_ambiguous_and_not_sent_again() {
    let server = Server::start();
    run(async {
        let proxy = Proxy::start(server.port()).await;
        let (store, key, counter) = (proxy.store(), key(), key());
        let lose = || proxy.orders().lose.store(1, Ordering::SeqCst);
        store.count(&counter, NOW).await.unwrap(); // so that there is an idle connection

        lose();
        assert!(is_ambiguous(&store.add(&key, b"one", HOUR, NOW).await));
        let item = get(&store, &key).await.unwrap();
        assert_eq!(item.value, b"one");

        lose();
        assert!(is_ambiguous(&store.replace(&key, &item.version, b"two", HOUR, NOW).await));
        let item = get(&store, &key).await.unwrap();
        assert_eq!(item.value, b"two");

        lose();
        let lost = store.replace_or_load(&key, &item.version, b"three", HOUR, NOW).await;
        assert!(is_ambiguous(&lost));
        assert_eq!(value(&store, &key).await.unwrap(), b"three");

        lose();
        assert!(is_ambiguous(&store.increment(&counter, HOUR, NOW).await));
        assert_eq!(store.count(&counter, NOW).await, Ok(Some(1)));
        lose();
        assert!(is_ambiguous(&store.decrement(&counter, NOW).await));
        assert_eq!(store.count(&counter, NOW).await, Ok(Some(0)));
    });
}

#[test]
fn what_changes_nothing_is_asked_again() {
    let server = Server::start();
    run(async {
        let proxy = Proxy::start(server.port()).await;
        let (store, key) = (proxy.store(), key());
        store.increment(&key, HOUR, NOW).await.unwrap();
        let lose = |answers| proxy.orders().lose.store(answers, Ordering::SeqCst);

        lose(1);
        assert_eq!(value(&store, &key).await.unwrap(), b"1");
        lose(1);
        assert_eq!(store.count(&key, NOW).await, Ok(Some(1)));
        lose(1);
        assert_eq!(store.touch(std::slice::from_ref(&key), HOUR, NOW).await, Ok(()));

        lose(2);
        let twice = store.load(std::slice::from_ref(&key), NOW).await;
        assert!(matches!(twice, Err(StoreError::Unavailable(_))), "once more and no oftener");
        assert_eq!(store.count(&key, NOW).await, Ok(Some(1)));
    });
}

#[test]
fn a_dead_idle_connection_costs_nothing_but_another() {
    let server = Server::start();
    run(async {
        let proxy = Proxy::start(server.port()).await;
        let (store, key, table) = (proxy.store(), key(), key());
        for expected in 1..=20 {
            assert_eq!(store.increment(&key, HOUR, NOW).await, Ok(expected));
            proxy.cut().await;
            pass().await;
        }
        store.add(&table, b"one", HOUR, NOW).await.unwrap();
        let item = get(&store, &table).await.unwrap();
        proxy.cut().await;
        pass().await;
        // The server is the same, but this store cannot know.
        let stale = store.replace(&table, &item.version, b"two", HOUR, NOW).await;
        assert_eq!(stale, Ok(Write::Conflict));
        let stale = store.replace_or_load(&table, &item.version, b"two", HOUR, NOW).await;
        let Ok(Swap::Conflict(Some(fresh))) = stale else { panic!("{stale:?}") };
        assert_eq!(fresh.value, b"one");
        let replaced = store.replace(&table, &fresh.version, b"two", HOUR, NOW).await;
        assert_eq!(replaced, Ok(Write::Done));
    });
}

#[test]
fn one_connection_serves_one_caller_for_ever() {
    let server = Server::start();
    run(async {
        let proxy = Proxy::start(server.port()).await;
        let (store, key) = (proxy.store(), key());
        for _ in 0..50 {
            store.increment(&key, HOUR, NOW).await.unwrap();
            get(&store, &key).await.unwrap();
        }
        assert_eq!(proxy.orders().connections.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn answers_may_come_one_byte_at_a_time() {
    let server = Server::start();
    run(async {
        let proxy = Proxy::start(server.port()).await;
        proxy.orders().drip.store(true, Ordering::SeqCst);
        let (store, key, missing) = (proxy.store(), key(), key());
        store.add(&key, b"VA 1\r\n\r\nHD\r\n", HOUR, NOW).await.unwrap();
        let items = store.load(&[key.clone(), missing, key.clone()], NOW).await.unwrap();
        let values: Vec<_> = items.into_iter().map(|item| item.map(|item| item.value)).collect();
        let value = Some(b"VA 1\r\n\r\nHD\r\n".to_vec());
        assert_eq!(values, [value.clone(), None, value]);
        let stale = get(&store, &key).await.unwrap().version;
        for expected in [true, false] {
            let swap = store.replace_or_load(&key, &stale, b"HD\r\n", HOUR, NOW).await.unwrap();
            match swap {
                Swap::Done => assert!(expected),
                Swap::Conflict(there) => assert!(!expected && there.unwrap().value == b"HD\r\n"),
            }
        }
    });
}

/// A caller that gives up leaves an answer behind, which must not become another's.
#[test]
fn an_answer_nobody_waits_for_is_nobodys() {
    let server = Server::start();
    run(async {
        let (store, probe) = (server.store(), key());
        store.add(&probe, b"right", HOUR, NOW).await.unwrap();
        for round in 0..200 {
            let other = key();
            let mut given_up = Box::pin(store.increment(&other, HOUR, NOW));
            for _ in 0..round % 4 {
                let polled = poll_fn(|context| Poll::Ready(given_up.as_mut().poll(context))).await;
                if polled.is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(given_up);
            assert_eq!(value(&store, &probe).await.unwrap(), b"right");
        }
    });
}
