//! Two servers with one store.

use session_limit_harness::sftp::{Credential, Sftp};
use session_limit_harness::{leaks, memcached};

use crate::server::{Server, User};

const LIMIT: u32 = 3;
const PASSWORD: Credential<'_> = Credential::Password("MARKER-secret");

#[test]
fn two_servers_share_one_limit() {
    for ledger in ["lease", "counter"] {
        let mut cache = memcached::Server::start();
        let store = cache.url();
        let start = || {
            let user = User {
                name: "alice",
                limit: LIMIT,
                password: Some("MARKER-secret"),
                public_key: None,
            };
            Server::start(&[user], &["--session-store", &store, "--ledger", ledger])
        };
        let servers = [start(), start()];
        let login = |n: usize| Sftp::start(servers[n % 2].port, "alice", PASSWORD);

        let clients: Vec<_> = (0..10).map(|n| (n, login(n))).collect();
        let mut inside: Vec<_> = clients.into_iter().filter(|(_, client)| client.is_in()).collect();
        assert_eq!(inside.len(), LIMIT as usize, "{ledger}");

        let (n, leaving) = inside.pop().unwrap();
        leaving.quit();
        servers[n % 2].decisions.wait_for_count("ended alice", 1);
        let next = login(n + 1);
        assert!(next.is_in(), "{ledger}");
        servers[n % 2].refuses("alice", PASSWORD);
        no_secret_is_in(&mut cache);
    }
}

#[test]
fn a_store_that_cannot_be_reached_refuses() {
    let mut cache = memcached::Server::start();
    let store = cache.url();
    let user =
        User { name: "alice", limit: LIMIT, password: Some("MARKER-secret"), public_key: None };
    let server = Server::start(&[user], &["--session-store", &store]);
    cache.kill();
    server.refuses("alice", PASSWORD);
    server.decisions.wait_for_count("refused alice: ", 1);
    cache.restart();
    assert!(Sftp::start(server.port, "alice", PASSWORD).is_in());
    no_secret_is_in(&mut cache);
}

fn no_secret_is_in(cache: &mut memcached::Server) {
    let stored = cache.contents().unwrap();
    assert!(stored.windows(5).any(|part| part == b"alice"), "what is stored is looked at");
    leaks::none_in("the store", &stored);
}
