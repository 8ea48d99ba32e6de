//! Servers that are short of connections or of memory.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;

use session_limit_core::ledger::{AdmissionRequest, LeaseLedger, LeaseSettings, Ledger};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::Token;
use session_limit_core::store::{CounterStore, Store, StoreError, TableStore};
use session_limit_harness::PATIENCE;
use session_limit_harness::certificates::Certificates;
use session_limit_harness::memcached::Server;
use session_limit_memcached::MemcachedStore;

use crate::tools::{HOUR, NOW, Open, get, key, run, server_id, user};

/// More clients than a server started with `-c 20` has room for.
const CLIENTS: usize = 40;

/// Asks `make`'s stores for something, one after the other, and keeps the connections of all. What
/// was answered, in order: each client asks once by a load and once by an add.
async fn crowd(make: impl Fn() -> MemcachedStore) -> Vec<Result<(), StoreError>> {
    let stores: Vec<_> = (0..CLIENTS).map(|_| make()).collect();
    let mut answers = Vec::new();
    for store in &stores {
        answers.push(store.load(&[key()], NOW).await.map(|_| ()));
        answers.push(store.add(&key(), b"x", HOUR, NOW).await.map(|_| ()));
    }
    answers
}

/// An event that its tracker takes for refused for ever is lost; a login goes past what is to
/// happen while the store cannot be asked.
#[test]
fn a_server_that_takes_no_more_connections_is_unavailable() {
    let server = Server::start_with(&["-c", "20"]);
    run(async {
        let answers = crowd(|| server.store()).await;
        let served = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(served > 0, "the server takes nobody");
        let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        assert!(refused.len() >= 20, "the server takes {served}");
        for error in &refused {
            // A server that has not read what it was sent may also end the connection so harshly
            // that its answer is lost: then nobody knows.
            let is_right = matches!(error, StoreError::Unavailable(_) | StoreError::Ambiguous(_));
            assert!(is_right, "{error:?}");
        }
        let says_why = |error: &StoreError| error.to_string().contains("Too many open connections");
        assert!(refused.iter().any(says_why), "{refused:?}");
        // The clients are gone, and the server notices.
        while server.store().count(&key(), NOW).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
}

/// It says so in the clear, in the middle of the handshake.
#[test]
fn an_encrypted_server_that_takes_no_more_connections_is_unavailable() {
    let certificates = Certificates::naming(&["localhost"]);
    let mut arguments = certificates.arguments();
    arguments.extend(["-c", "20"].map(str::to_owned));
    let server = Server::start_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let ca = certificates.ca();
    let address = format!("memcached://localhost:{}?tls=true&ca={}", server.port(), ca.display());
    run(async {
        let answers = crowd(|| MemcachedStore::open(&address, PATIENCE).unwrap()).await;
        assert!(answers.iter().any(Result::is_ok), "the server takes nobody");
        let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        assert!(refused.len() >= 20, "{refused:?}");
        for error in refused {
            assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        }
    });
}

/// Fills a server that evicts nothing, until it takes no value of up to `longest` bytes.
fn fill(server: &Server, longest: usize) {
    let mut connection = BufReader::new(TcpStream::connect(server.node()).unwrap());
    let (mut number, mut len) = (0, 1);
    while len <= longest {
        let value = "x".repeat(len);
        let mut line = String::new();
        while !line.starts_with("SERVER_ERROR out of memory") {
            let mut sets = String::new();
            for _ in 0..500 {
                sets += &format!("set fill-{number} 0 0 {len} noreply\r\n{value}\r\n");
                number += 1;
            }
            sets += &format!("set fill-{number} 0 0 {len}\r\n{value}\r\n");
            number += 1;
            connection.get_mut().write_all(sets.as_bytes()).unwrap();
            line.clear();
            connection.read_line(&mut line).unwrap();
        }
        // The server's sizes grow by a quarter each.
        len += 1 + len / 8;
    }
}

#[track_caller]
fn assert_out_of_memory<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let error = result.expect_err("the server is full");
    let is_right =
        matches!(&error, StoreError::Unavailable(text) if text.contains("out of memory"));
    assert!(is_right, "{error:?}");
}

/// By other commands it would delete what there is, so that the whole table of a user is gone
/// because one more login does not fit.
#[test]
fn a_full_server_keeps_what_there_is() {
    let server = Server::start_with(&["-m", "2", "-M"]);
    run(async {
        let (store, key, table) = (server.store(), key(), vec![b't'; 300]);
        store.add(&key, b"older", HOUR, NOW).await.unwrap();
        // A version is good as long as the connection lives that it is from, and a refusal ends it.
        let mut stale = Vec::new();
        for _ in 0..6 {
            let store = server.store();
            let version = get(&store, &key).await.unwrap().version;
            stale.push((store, version));
        }
        let version = get(&store, &key).await.unwrap().version;
        store.replace(&key, &version, &table, HOUR, NOW).await.unwrap();
        fill(&server, 400);

        for new in [&b"x"[..], &table, &[b'y'; 350]] {
            let good = get(&store, &key).await.unwrap().version;
            assert_out_of_memory(store.replace(&key, &good, new, HOUR, NOW).await);
            let good = get(&store, &key).await.unwrap().version;
            assert_out_of_memory(store.replace_or_load(&key, &good, new, HOUR, NOW).await);
            let (store, version) = stale.pop().unwrap();
            assert_out_of_memory(store.replace(&key, &version, new, HOUR, NOW).await);
            let (store, version) = stale.pop().unwrap();
            assert_out_of_memory(store.replace_or_load(&key, &version, new, HOUR, NOW).await);
            assert_out_of_memory(store.add(&key, new, HOUR, NOW).await);
        }
        let there = get(&store, &key).await.expect("nothing is lost");
        assert!(there.value == table);
    });
}

/// The same where the service takes less than what it is said to take.
#[test]
fn a_server_that_finds_a_value_too_large_keeps_what_there_is() {
    let server = Server::start_with(&["-I", "16384", "-o", "slab_chunk_max=8192"]);
    run(async {
        let (store, key, large) = (server.store(), key(), vec![b'x'; 20_000]);
        store.add(&key, b"small", HOUR, NOW).await.unwrap();
        let is_rejected = |error| matches!(error, StoreError::Rejected(_));
        for _ in 0..2 {
            let version = get(&store, &key).await.expect("nothing is lost").version;
            let replaced = store.replace(&key, &version, &large, HOUR, NOW).await;
            assert!(is_rejected(replaced.unwrap_err()));
            let version = get(&store, &key).await.expect("nothing is lost").version;
            let paired = store.replace_or_load(&key, &version, &large, HOUR, NOW).await;
            assert!(is_rejected(paired.unwrap_err()));
            assert!(is_rejected(store.add(&key, &large, HOUR, NOW).await.unwrap_err()));
        }
        assert_eq!(get(&store, &key).await.expect("nothing is lost").value, b"small");
    });
}

/// Nobody gets in, and nobody is forgotten.
#[test]
fn a_full_server_admits_nobody_above_the_limit() {
    let server = Server::start_with(&["-m", "2", "-M"]);
    run(async {
        let ledger = LeaseLedger::new(server.store(), LeaseSettings::default());
        let (server_id, user) = (server_id(), user());
        let login = async |number: u32| {
            let request = AdmissionRequest::new(
                server_id.clone(),
                user.clone(),
                SessionLimit::new(10),
                Token::new(&format!("login-{number}")).unwrap(),
            );
            ledger.admit(&request, NOW).await
        };
        for number in 0..5 {
            login(number).await.unwrap();
        }
        fill(&server, 2_000);
        for number in 5..40 {
            let error = login(number).await.expect_err("the server is full");
            assert!(error.is_retryable() && !error.is_ambiguous(), "{error}");
        }
        let table = ledger.table(&server_id, &user, NOW).await.unwrap();
        assert_eq!(table.expect("nothing is lost").reservations().len(), 5);
    });
}
