//! memcached, plain and over TLS, and ledgers on it.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use session_limit_bench::logins::Session;
use session_limit_core::ledger::{
    AnyLedger, CounterLedger, CounterSettings, KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes,
};
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{CounterStore, Key, LONGEST_TTL, TableStore};
use session_limit_harness::PATIENCE;
use session_limit_harness::certificates::Certificates;
use session_limit_harness::memcached::Server;
use session_limit_memcached::{Config, MemcachedStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::timeless::Timeless;

/// What memcached calls a thread that answers.
const WORKER: &str = "mc-worker";

/// How a thread has spent its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) busy: Duration,
    /// With something to answer, but without a processor to do it on.
    pub(crate) waiting: Duration,
}

/// A memcached of one's own, with room and connections for all that is measured.
pub(crate) struct Memcached {
    server: Server,
    certificates: Option<Certificates>,
}

impl Memcached {
    /// With one thread, so that what is compared over two connections has the same way to it,
    /// wherever the kernel lets that thread run.
    pub(crate) fn start(over_tls: bool) -> Self {
        let certificates = over_tls.then(|| Certificates::naming(&["127.0.0.1"]));
        let mut arguments = ["-m", "2048", "-c", "4096", "-t", "1"].map(str::to_owned).to_vec();
        arguments.extend(certificates.iter().flat_map(Certificates::arguments));
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        Self { server: Server::start_with(&arguments), certificates }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.server.port()).into()
    }

    /// A store of its own, as the functions open it.
    pub(crate) fn store(&self) -> Result<Arc<MemcachedStore>> {
        let query = self.certificates.as_ref().map_or_else(String::new, |certificates| {
            format!("?tls=true&ca={}", certificates.ca().display())
        });
        let config: Config = format!("{}{query}", self.server.url()).parse()?;
        Ok(Arc::new(MemcachedStore::new(&config.with_timeout(PATIENCE))?))
    }

    /// What the thread that answers has done so far, by the kernel's account. It is exact while that
    /// thread waits for questions.
    pub(crate) fn work(&self) -> Result<Work> {
        let threads = format!("/proc/{}/task", self.server.id());
        for thread in fs::read_dir(threads)? {
            let thread = thread?.path();
            if fs::read_to_string(thread.join("comm"))?.trim_end() == WORKER {
                let account = fs::read_to_string(thread.join("schedstat"))?;
                let mut times = account.split_whitespace().map(str::parse);
                let mut next = || anyhow::Ok(times.next().context("a time is missing")??);
                let [busy, waiting] = [next()?, next()?].map(Duration::from_nanos);
                return Ok(Work { busy, waiting });
            }
        }
        bail!("memcached has no thread {WORKER:?}")
    }

    /// What a bare connection needs, where it is one over TLS.
    pub(crate) fn tls(&self) -> Result<Option<TlsConnector>> {
        let Some(certificates) = &self.certificates else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificates.ca())?)?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(TlsConnector::from(Arc::new(config))))
    }
}

/// Which ledger is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lease,
    Counter,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lease => "lease ledger",
            Self::Counter => "counter ledger",
        }
    }

    /// What it keeps of the user of `session`.
    pub(crate) fn key(self, session: &Session) -> Key {
        match self {
            Self::Lease => session.table(),
            Self::Counter => session.counter(),
        }
    }

    /// With sessions that outlive all that is measured: its clock runs fast.
    pub(crate) fn ledger<S: TableStore + CounterStore>(
        self,
        store: S,
    ) -> Result<AnyLedger<Timeless<S>>> {
        let store = Timeless(store);
        let (methods, key_phase) = (ServerMethods::default(), KeyPhase::default());
        Ok(match self {
            Self::Lease => {
                let times = LeaseTimes::new(LeaseTimes::DEFAULT_RESERVATION_TTL, LONGEST_TTL)?;
                AnyLedger::Lease(LeaseLedger::new(
                    store,
                    LeaseSettings::default()
                        .with_times(times)
                        .with_key_phase(key_phase)
                        .with_methods(methods),
                ))
            }
            Self::Counter => {
                let ttl = Duration::from_secs(24 * 60 * 60);
                AnyLedger::Counter(CounterLedger::new(
                    store,
                    CounterSettings::new(ttl).with_key_phase(key_phase).with_methods(methods),
                )?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use session_limit_bench::logins::NOW;
    use session_limit_core::store::Store;

    use super::*;

    /// Sooner or later: the kernel adds up what a thread has done when that stops, and now and then
    /// one gets its processor at once.
    #[tokio::test]
    async fn the_work_of_memcached_is_what_it_answers() {
        let memcached = Memcached::start(false);
        let (store, start) = (memcached.store().unwrap(), Instant::now());
        let key = [Session::new(0, 0).unwrap().table()];
        let (before, mut now) = (memcached.work().unwrap(), memcached.work().unwrap());
        while now.busy == before.busy || now.waiting == before.waiting {
            store.load(&key, NOW).await.unwrap();
            now = memcached.work().unwrap();
            assert!(start.elapsed() < PATIENCE, "{before:?} {now:?}");
        }
    }
}
