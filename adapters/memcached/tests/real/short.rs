//! Servers that are short of connections or of memory.

use session_limit_core::store::{CounterStore, Store, StoreError};
use session_limit_memcached::MemcachedStore;

use crate::certificates::Certificates;
use crate::server::Server;
use crate::tools::{HOUR, NOW, PATIENCE, key, run};

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
