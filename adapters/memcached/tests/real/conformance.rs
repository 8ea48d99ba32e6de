//! The conformance suite of every store: plain, encrypted, on several nodes, and while a second
//! client hammers the very keys under test.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use session_limit_core::store::{CounterStore, TableStore};
use session_limit_harness::PATIENCE;
use session_limit_harness::certificates::Certificates;
use session_limit_harness::memcached::Server;
use session_limit_harness::process::allow_many_connections;
use session_limit_memcached::{Config, MemcachedStore};
use session_limit_testkit::conformance::{
    Subject, counter_store_cases, store_cases, table_store_cases,
};
use tokio::runtime::Runtime;

use crate::hammer::{Hammer, Hammered};
use crate::tools::Open;

/// Connections enough for the tasks of all cases at once.
const MANY: [&str; 2] = ["-c", "8192"];

/// Stores made by `make`.
struct Made<F> {
    make: F,
    runtime: Runtime,
}

impl<S, F> Subject for Made<F>
where
    S: TableStore + CounterStore,
    F: Fn() -> S + Sync,
{
    type Store = S;

    async fn open(&self) -> S {
        (self.make)()
    }

    fn run<T: Future>(&self, future: T) -> T::Output {
        self.runtime.block_on(future)
    }

    /// Twice what it is, so that a busy machine does not matter.
    fn grain(&self) -> Duration {
        Duration::from_secs(2)
    }
}

/// Runs every case, all at once, since most of their time is waiting for items to expire.
fn conforms<S: TableStore + CounterStore>(make: impl Fn() -> S + Sync) {
    allow_many_connections().unwrap();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let subject = Made { make, runtime };
    let cases = store_cases().into_iter().chain(table_store_cases()).chain(counter_store_cases());
    let failed: Vec<_> = std::thread::scope(|scope| {
        let subject = &subject;
        let running: Vec<_> = cases
            .map(|case| {
                let run = move || catch_unwind(AssertUnwindSafe(|| (case.run)(subject)));
                (case.name, scope.spawn(run))
            })
            .collect();
        let failed = |(name, thread): (_, std::thread::ScopedJoinHandle<'_, _>)| {
            let is_failed = !matches!(thread.join(), Ok(Ok(())));
            is_failed.then_some(name)
        };
        running.into_iter().filter_map(failed).collect()
    });
    assert!(failed.is_empty(), "failed: {failed:?}");
}

fn open(address: &str) -> MemcachedStore {
    MemcachedStore::new(&address.parse::<Config>().unwrap().with_timeout(PATIENCE)).unwrap()
}

#[test]
fn one_node_conforms() {
    let server = Server::start_with(&MANY);
    conforms(|| server.store());
}

#[test]
fn an_encrypted_node_conforms() {
    let certificates = Certificates::naming(&["localhost"]);
    let mut arguments = certificates.arguments();
    arguments.extend(MANY.map(str::to_owned));
    let server = Server::start_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let ca = certificates.ca();
    let address = format!("memcached://localhost:{}?tls=true&ca={}", server.port(), ca.display());
    conforms(|| open(&address));
}

#[test]
fn several_nodes_conform() {
    let servers = [(); 3].map(|()| Server::start_with(&MANY));
    let nodes = servers.each_ref().map(Server::node);
    let address = format!("memcached://{}", nodes.join(","));
    conforms(|| open(&address));
}

#[test]
fn small_items_conform() {
    let server = Server::start_with_items(16 * 1024, &MANY);
    conforms(|| open(&format!("memcached://{}?max_value=16384", server.node())));
}

#[test]
fn a_node_conforms_while_another_client_hammers_its_keys() {
    let server = Server::start_with(&MANY);
    let hammer = Hammer::start(|| server.store());
    conforms(|| Hammered::new(server.store(), &hammer));
    hammer.check();
}

#[test]
fn an_encrypted_node_conforms_while_another_client_hammers_its_keys() {
    let certificates = Certificates::naming(&["127.0.0.1"]);
    let mut arguments = certificates.arguments();
    arguments.extend(MANY.map(str::to_owned));
    let server = Server::start_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let ca = certificates.ca();
    let address = format!("memcached://{}?tls=true&ca={}", server.node(), ca.display());
    let hammer = Hammer::start(|| open(&address));
    conforms(|| Hammered::new(open(&address), &hammer));
    hammer.check();
}
