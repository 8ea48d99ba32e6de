//! Logins while memcached is in trouble.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::json;
use session_limit_harness::PATIENCE;
use session_limit_harness::certificates::Certificates;
use session_limit_harness::memcached::Server;

use crate::deployment::Deployment;
use crate::tools::run;
use crate::users::ROLE;

const USER: &str = "limit-2";

/// Each choice of an operator, and how many of three logins it lets in without a store.
const CHOICES: [(&str, usize); 2] = [("refuse", 0), ("admit", 3)];

async fn deployment(on_store_failure: &str) -> Deployment {
    Deployment::plan()
        .start(&[("ON_STORE_FAILURE", on_store_failure), ("REFUSAL_FLOOR_MS", "0")])
        .await
}

/// Three logins, none of which hangs.
async fn logins(deployment: &Deployment) -> usize {
    let start = Instant::now();
    let admitted = deployment.logins(USER, 3).await;
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
    admitted
}

#[test]
fn a_frozen_store_is_decided_about_and_forgets_nothing() {
    run(async {
        for (choice, expected) in CHOICES {
            let mut deployment = deployment(choice).await;
            assert_eq!(deployment.logins(USER, 1).await, 1);
            deployment.cache.freeze();
            assert_eq!(logins(&deployment).await, expected, "{choice}");
            deployment.cache.thaw();
            // What was sent before the freeze may be done after it. So a slot is free, or not.
            assert!(
                deployment.logins(USER, 3).await <= 1,
                "{choice}: the first login still counts"
            );
            let metrics = deployment.end();
            let decided = ["StoreFailuresRefused", "StoreFailuresAdmitted"][expected.min(1)];
            assert!(metrics.contains(decided), "{choice}: {metrics}");
        }
    });
}

#[test]
fn a_store_that_is_gone_is_decided_about_and_used_again_when_it_is_back() {
    run(async {
        for (choice, expected) in CHOICES {
            let mut deployment = deployment(choice).await;
            assert_eq!(deployment.logins(USER, 1).await, 1);
            deployment.cache.kill();
            assert_eq!(logins(&deployment).await, expected, "{choice}");
            deployment.cache.restart();
            assert_eq!(
                deployment.logins(USER, 3).await,
                2,
                "{choice}: an empty store admits afresh"
            );
        }
    });
}

#[test]
fn a_flushed_store_admits_afresh_up_to_the_limit() {
    run(async {
        let deployment = deployment("refuse").await;
        assert_eq!(deployment.logins(USER, 3).await, 2);
        deployment.cache.flush();
        assert_eq!(deployment.logins(USER, 3).await, 2);
    });
}

#[test]
fn a_full_store_is_decided_about_unless_it_evicts() {
    run(async {
        for (choice, without) in CHOICES {
            // Rather an error than an eviction, and the other way round.
            for (arguments, expected) in [(&["-m", "2", "-M"][..], without), (&["-m", "2"], 2)] {
                let cache = Server::start_with(arguments);
                let settings = [("ON_STORE_FAILURE", choice), ("REFUSAL_FLOOR_MS", "0")];
                let deployment = Deployment::plan().cache(cache).start(&settings).await;
                fill(deployment.cache.port());
                assert_eq!(
                    logins(&deployment).await,
                    expected,
                    "{arguments:?}\n{}",
                    deployment.log()
                );
            }
        }
    });
}

/// Fills the cache with items of every size that a table may have, until it takes none or has
/// begun to evict.
fn fill(port: u16) {
    let mut connection = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
    for size in (1..16).map(|step| step * 40) {
        let value = "x".repeat(size);
        for item in 0..(4 << 20) / (size + 50) {
            let command = format!("set fill-{size}-{item} 0 0 {size}\r\n{value}\r\n");
            connection.get_mut().write_all(command.as_bytes()).unwrap();
            let mut reply = String::new();
            connection.read_line(&mut reply).unwrap();
            if reply != "STORED\r\n" {
                assert!(reply.starts_with("SERVER_ERROR"), "{reply}");
                break;
            }
        }
    }
}

#[test]
fn tls_is_trusted_by_the_right_authority_only() {
    run(async {
        let right = Certificates::naming(&["127.0.0.1"]);
        let wrong = Certificates::naming(&["127.0.0.1"]);
        let arguments = right.arguments();
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        for (choice, without) in CHOICES {
            for (ca, expected) in [(right.ca(), 2), (wrong.ca(), without)] {
                let cache = Server::start_with(&arguments);
                let url = format!("memcached://{}?tls=true&ca={}", cache.node(), ca.display());
                let settings = [("ON_STORE_FAILURE", choice), ("REFUSAL_FLOOR_MS", "0")];
                let deployment = Deployment::plan().cache(cache).store(url).start(&settings).await;
                assert_eq!(logins(&deployment).await, expected, "{choice}\n{}", deployment.log());
            }
        }
    });
}

#[test]
fn without_a_store_logins_are_authenticated_and_not_counted() {
    run(async {
        let deployment =
            Deployment::plan().store("none".into()).start(&[("REFUSAL_FLOOR_MS", "0")]).await;
        assert_eq!(deployment.logins(USER, 5).await, 5);
        let grant = deployment.login(USER).await;
        assert_eq!(grant, json!({"Role": ROLE, "HomeDirectory": "/bucket/home"}));
        assert_eq!(deployment.login("nobody").await, json!({}));
        deployment
            .log_messages(&[crate::logs::connected(USER, "1"), crate::logs::disconnected("1")])
            .await;
    });
}
