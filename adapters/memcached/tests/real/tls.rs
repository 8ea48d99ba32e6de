//! Encrypted, and with the right server.

use std::path::Path;

use session_limit_core::store::{CounterStore, Store, StoreError, Swap, TableStore, Write};
use session_limit_harness::PATIENCE;
use session_limit_harness::certificates::Certificates;
use session_limit_harness::memcached::Server;
use session_limit_memcached::{Config, MemcachedStore, OpenError};

use crate::tools::{HOUR, NOW, Open, get, key, run, value};

fn start(certificates: &Certificates) -> Server {
    let arguments = certificates.arguments();
    Server::start_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn open(host: &str, server: &Server, ca: &Path) -> Result<MemcachedStore, OpenError> {
    let address = format!("memcached://{host}:{}?tls=true&ca={}", server.port(), ca.display());
    MemcachedStore::new(&address.parse::<Config>().unwrap().with_timeout(PATIENCE))
}

#[test]
fn the_right_server_is_trusted_by_name_and_by_address() {
    let certificates = Certificates::naming(&["localhost", "127.0.0.1"]);
    let mut server = start(&certificates);
    run(async {
        for host in ["localhost", "127.0.0.1"] {
            let (store, key) = (open(host, &server, &certificates.ca()).unwrap(), key());
            let large = vec![b'x'; 300_000];
            assert_eq!(store.add(&key, &large, HOUR, NOW).await, Ok(Write::Done));
            assert!(get(&store, &key).await.unwrap().value == large);
            server.restart();
            assert_eq!(value(&store, &key).await, None);
            assert_eq!(store.increment(&key, HOUR, NOW).await, Ok(1));
        }
    });
}

/// A command that follows a value in one record of TLS is only read if the server reads all of that
/// record at once.
#[test]
fn a_swap_finds_what_there_is_whatever_its_length() {
    let certificates = Certificates::naming(&["localhost"]);
    let server = start(&certificates);
    run(async {
        let store = open("localhost", &server, &certificates.ca()).unwrap();
        for len in [1, 15 * 1024, 15 * 1024 + 1, 16 * 1024, 17_000, 33_000, 300_000] {
            let (key, value) = (key(), vec![b'x'; len]);
            store.add(&key, &value, HOUR, NOW).await.unwrap();
            let stale = get(&store, &key).await.unwrap().version;
            let first = store.replace_or_load(&key, &stale, &value, HOUR, NOW).await;
            assert_eq!(first, Ok(Swap::Done), "{len} bytes");
            let second = store.replace_or_load(&key, &stale, &value, HOUR, NOW).await;
            let Ok(Swap::Conflict(Some(there))) = second else { panic!("{len} bytes") };
            assert!(there.value == value, "{len} bytes");
        }
    });
}

#[test]
fn another_authority_is_not_trusted() {
    let certificates = Certificates::naming(&["localhost"]);
    let server = start(&certificates);
    let other = Certificates::naming(&["localhost"]);
    run(async {
        let store = open("localhost", &server, &other.ca()).unwrap();
        let error = store.increment(&key(), HOUR, NOW).await.unwrap_err();
        let is_right =
            matches!(&error, StoreError::Unavailable(text) if text.contains("certificate"));
        assert!(is_right, "{error}");
    });
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let certificates = Certificates::naming(&["cache.example"]);
    let server = start(&certificates);
    run(async {
        for host in ["localhost", "127.0.0.1"] {
            let store = open(host, &server, &certificates.ca()).unwrap();
            let error = store.increment(&key(), HOUR, NOW).await.unwrap_err();
            let is_right =
                matches!(&error, StoreError::Unavailable(text) if text.contains("certificate"));
            assert!(is_right, "{error}");
        }
    });
}

/// Neither side understands the other; no value goes over the line in the clear.
#[test]
fn one_side_alone_with_tls_is_an_error() {
    let certificates = Certificates::naming(&["localhost"]);
    let (encrypted, plain) = (start(&certificates), Server::start());
    run(async {
        assert!(encrypted.store().load(&[key()], NOW).await.is_err());
        let store = open("localhost", &plain, &certificates.ca()).unwrap();
        let error = store.increment(&key(), HOUR, NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    });
}

#[test]
fn authorities_that_cannot_be_used_are_named() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let error = open("localhost", &server, &file).unwrap_err();
    assert!(matches!(error, OpenError::CaFile { .. }), "{error}");
    std::fs::write(&file, "nothing\n").unwrap();
    let error = open("localhost", &server, &file).unwrap_err();
    assert!(matches!(error, OpenError::NoCertificate { .. }), "{error}");
    assert!(error.to_string().contains("ca.pem"), "{error}");
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    let error = open("localhost", &server, &file).unwrap_err();
    assert!(matches!(error, OpenError::Certificate { .. }), "{error}");
}
