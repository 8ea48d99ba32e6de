//! The ledger that the command line chose, over a store of any kind.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use session_limit_core::ledger::lease::Capacity;
use session_limit_core::ledger::{
    AnyLedger, CounterLedger, CounterSettings, LeaseLedger, LeaseSettings,
};
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{CounterStore, Store, TableStore};
use session_limit_memcached::{Config, MemcachedStore};

use crate::cli::{LedgerChoice, Options};

/// The store at `address`, which other processes share. Whether it can be reached shows later.
pub(crate) fn memcached(address: &str) -> Result<MemcachedStore> {
    let config: Config = address.parse().context("--session-store")?;
    MemcachedStore::new(&config).context("--session-store")
}

/// The ledger that the built-in identity provider and the built-in tracker share.
pub(crate) fn ledger<S: TableStore + CounterStore>(
    options: &Options,
    store: S,
) -> Result<Arc<AnyLedger<S>>> {
    let methods = methods(options);
    let key_phase = options.key_phase;
    Ok(Arc::new(match options.ledger {
        LedgerChoice::Lease => {
            let settings = LeaseSettings {
                times: options.times()?,
                key_phase,
                methods,
                reservation_class: options.reservation_class,
            };
            AnyLedger::Lease(LeaseLedger::new(store, settings))
        }
        LedgerChoice::Counter => {
            let settings = CounterSettings { ttl: options.session_ttl, key_phase, methods };
            match CounterLedger::new(store, settings) {
                Ok(ledger) => AnyLedger::Counter(ledger),
                Err(error) => bail!("--key-phase: {error}"),
            }
        }
    }))
}

/// How the server authenticates its users.
pub(crate) fn methods(options: &Options) -> ServerMethods {
    ServerMethods::default().with(options.server_id.clone(), options.auth_methods)
}

/// Whether the sessions of a user with the default limit fit one value of `store`.
pub(crate) fn check_limit(options: &Options, store: &impl Store) -> Result<()> {
    let largest = Capacity::of(store.max_value_len()).largest_limit();
    if options.ledger == LedgerChoice::Lease && options.default_limit > largest.get() {
        bail!("--default-limit: the lease ledger keeps limits up to {largest} in this store");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;
    use session_limit_core::event::{EventKind, SessionEvent};
    use session_limit_core::ledger::{AdmissionRequest, Ledger, Matched};
    use session_limit_core::limit::SessionLimit;
    use session_limit_core::login::Phase;
    use session_limit_core::names::{SessionId, Token, UserName};
    use session_limit_core::store::MemoryStore;
    use session_limit_core::time::Timestamp;

    use super::*;

    /// Whether a session takes the slot of a login that came `seconds` before it, if it comes from
    /// where the login came from, and if it does not.
    async fn takes_slot(arguments: &str, phase: Phase, seconds: u64) -> [bool; 2] {
        let mut takes = [false; 2];
        for (takes, login_from) in takes.iter_mut().zip([1, 2]) {
            let arguments = format!("x --users x {arguments}");
            let options = Options::parse_from(arguments.split_whitespace());
            let ledger = ledger(&options, MemoryStore::new()).unwrap();
            let (server, user) = (options.server_id.clone(), UserName::new("alice").unwrap());
            let login = AdmissionRequest {
                server: server.clone(),
                user: user.clone(),
                limit: SessionLimit::new(3),
                phase,
                has_password: phase == Phase::Password,
                source: Some([192, 0, 2, login_from].into()),
                token: Token::new("login").unwrap(),
            };
            let now = Timestamp::from_millis(1_700_000_000_000);
            ledger.admit(&login, now.before(Duration::from_secs(seconds))).await.unwrap();
            let source = Some([192, 0, 2, 1].into());
            let kind = EventKind::Connected { source, phase: Some(phase) };
            let session = SessionId::new("f00d").unwrap();
            let start = SessionEvent { server, session, user: Some(user), at: now, kind };
            let matched = ledger.observe(&start, now).await.unwrap().matched;
            *takes = matched.is_some_and(Matched::has_reservation);
        }
        takes
    }

    #[tokio::test]
    async fn a_session_takes_the_slot_of_a_login_that_may_be_its_own() {
        for (arguments, phase, seconds, expected) in [
            ("", Phase::Password, 10, [true, false]),
            ("", Phase::Password, 20, [false, false]),
            ("", Phase::Key, 20, [true, false]),
            ("--login-time 30s", Phase::Password, 20, [true, false]),
            ("--key-login-time 10s", Phase::Key, 20, [false, false]),
            ("--reservation-class user", Phase::Password, 10, [true, true]),
        ] {
            let takes = takes_slot(arguments, phase, seconds).await;
            assert_eq!(takes, expected, "{arguments} {phase:?} {seconds}");
        }
    }
}
