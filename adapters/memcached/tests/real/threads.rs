//! Many callers at once.

use std::net::IpAddr;
use std::sync::Arc;

use session_limit_core::ledger::{
    AdmissionRequest, CounterLedger, CounterSettings, LeaseLedger, LeaseSettings, Ledger, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::Token;
use session_limit_core::store::{CounterStore, Store};
use session_limit_harness::memcached::Server;
use session_limit_memcached::MemcachedStore;
use tokio::task::JoinSet;

use crate::tools::{HOUR, NOW, Open, key, run, server_id, user};

const ROUNDS: usize = 100;
const LOGINS: usize = 20;
const LIMIT: u32 = 5;

/// Twenty logins at once, shared out among `ledgers`.
async fn admitted<L: Ledger + 'static>(ledgers: &[Arc<L>]) -> usize {
    let user = user();
    let mut logins = JoinSet::new();
    for number in 0..LOGINS {
        let request = AdmissionRequest::new(
            server_id(),
            user.clone(),
            SessionLimit::new(LIMIT),
            Token::new(&format!("login-{number}")).unwrap(),
        )
        .from(IpAddr::from([192, 0, 2, 1]));
        let ledger = Arc::clone(&ledgers[number % ledgers.len()]);
        logins.spawn(async move { ledger.admit(&request, NOW).await.unwrap().verdict });
    }
    let verdicts = logins.join_all().await;
    verdicts.into_iter().filter(|verdict| *verdict == Verdict::Admitted).count()
}

/// As many processes would: each with a store of its own.
fn stores(server: &Server) -> impl Iterator<Item = MemcachedStore> {
    (0..4).map(|_| server.store())
}

#[test]
fn of_twenty_logins_at_once_the_lease_ledger_admits_five() {
    let server = Server::start();
    let ledgers: Vec<_> = stores(&server)
        .map(|store| Arc::new(LeaseLedger::new(store, LeaseSettings::default())))
        .collect();
    run(async {
        for round in 0..ROUNDS {
            assert_eq!(admitted(&ledgers).await, 5, "round {round}");
        }
    });
}

#[test]
fn of_twenty_logins_at_once_the_counter_ledger_admits_five() {
    let server = Server::start();
    let settings = CounterSettings::new(HOUR);
    let ledgers: Vec<_> = stores(&server)
        .map(|store| Arc::new(CounterLedger::new(store, settings.clone()).unwrap()))
        .collect();
    run(async {
        for round in 0..ROUNDS {
            assert_eq!(admitted(&ledgers).await, 5, "round {round}");
        }
    });
}

/// Every caller reads a value of its own, and is given no other.
#[test]
fn everybody_gets_their_own_answer() {
    let server = Server::start();
    run(async {
        let store = Arc::new(server.store());
        let mut callers = JoinSet::new();
        for _ in 0..100 {
            let (store, key, counter) = (Arc::clone(&store), key(), key());
            callers.spawn(async move {
                let own = key.as_str().as_bytes();
                store.add(&key, own, HOUR, NOW).await.unwrap();
                for round in 1..=20 {
                    let read = store.load(&[key.clone(), counter.clone()], NOW).await.unwrap();
                    assert_eq!(read[0].as_ref().unwrap().value, own);
                    assert_eq!(store.increment(&counter, HOUR, NOW).await, Ok(round));
                }
            });
        }
        assert_eq!(callers.join_all().await.len(), 100);
    });
}
