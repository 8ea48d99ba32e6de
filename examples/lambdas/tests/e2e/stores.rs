//! What becomes of logins while memcached is in trouble.

use std::time::Instant;

use serde_json::json;

use crate::certificates::Certificates;
use crate::server::Server;
use crate::tools::{PATIENCE, run};
use crate::users::ROLE;
use crate::world::World;

const USER: &str = "limit-2";

/// Each choice of an operator, and how many of three logins it lets in without a store.
const CHOICES: [(&str, usize); 2] = [("refuse", 0), ("admit", 3)];

async fn world(on_store_failure: &str) -> World {
    World::plan().start(&[("ON_STORE_FAILURE", on_store_failure), ("REFUSAL_FLOOR_MS", "0")]).await
}

/// Three logins, none of which hangs.
async fn logins(world: &World) -> usize {
    let start = Instant::now();
    let admitted = world.logins(USER, 3).await;
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
    admitted
}

#[test]
fn a_frozen_store_is_decided_about_and_forgets_nothing() {
    run(async {
        for (choice, expected) in CHOICES {
            let world = world(choice).await;
            assert_eq!(world.logins(USER, 1).await, 1);
            world.cache.freeze();
            assert_eq!(logins(&world).await, expected, "{choice}");
            world.cache.thaw();
            // What was sent before the freeze may be done after it. So a slot is free, or not.
            assert!(world.logins(USER, 3).await <= 1, "{choice}: the first login still counts");
            let metrics = world.metrics();
            let decided = ["StoreFailuresRefused", "StoreFailuresAdmitted"][expected.min(1)];
            assert!(metrics.contains(decided), "{choice}: {metrics}");
        }
    });
}

#[test]
fn a_store_that_is_gone_is_decided_about_and_used_again_when_it_is_back() {
    run(async {
        for (choice, expected) in CHOICES {
            let mut world = world(choice).await;
            assert_eq!(world.logins(USER, 1).await, 1);
            world.cache.kill();
            assert_eq!(logins(&world).await, expected, "{choice}");
            world.cache.restart();
            assert_eq!(world.logins(USER, 3).await, 2, "{choice}: an empty store admits afresh");
        }
    });
}

#[test]
fn a_flushed_store_admits_afresh_up_to_the_limit() {
    run(async {
        let world = world("refuse").await;
        assert_eq!(world.logins(USER, 3).await, 2);
        world.cache.flush();
        assert_eq!(world.logins(USER, 3).await, 2);
    });
}

#[test]
fn a_full_store_refuses_or_evicts_and_hangs_nobody() {
    run(async {
        // Rather an error than an eviction.
        let world = World::plan()
            .cache(Server::start_with(&["-m", "1", "-M"]))
            .start(&[("REFUSAL_FLOOR_MS", "0")])
            .await;
        let admitted = logins(&world).await;
        assert!(admitted <= 2, "{admitted}");
        let evicting = World::plan()
            .cache(Server::start_with(&["-m", "1"]))
            .start(&[("REFUSAL_FLOOR_MS", "0")])
            .await;
        assert_eq!(logins(&evicting).await, 2);
    });
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
                let world = World::plan().cache(cache).store(url).start(&settings).await;
                assert_eq!(logins(&world).await, expected, "{choice}\n{}", world.log());
            }
        }
    });
}

#[test]
fn without_a_store_logins_are_authenticated_and_not_counted() {
    run(async {
        let world = World::plan().store("none".into()).start(&[("REFUSAL_FLOOR_MS", "0")]).await;
        assert_eq!(world.logins(USER, 5).await, 5);
        let grant = world.login(USER).await;
        assert_eq!(grant, json!({"Role": ROLE, "HomeDirectory": "/bucket/home"}));
        assert_eq!(world.login("nobody").await, json!({}));
        world
            .log_messages(&[crate::logs::connected(USER, "1"), crate::logs::disconnected("1")])
            .await;
    });
}
