//! Clients, each a thread with a runtime and connections of its own, as a function has them, so that
//! what one client gets through is what one core gives.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow};
use session_limit_bench::logins::Session;
use session_limit_core::ledger::AnyLedger;
use session_limit_core::time::Timestamp;
use session_limit_memcached::MemcachedStore;
use session_limit_testkit::naive::NaiveLedger;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::scene::{self, Phase, Trips};
use crate::servers::Memcached;
use crate::timeless::Timeless;
use crate::wire::Wire;

/// Each with its runtime, and with those that work at once in it.
pub(crate) struct Clients(Vec<(Runtime, Vec<Worker>)>);

/// Does one thing after the other.
pub(crate) enum Worker {
    Ledger(Arc<AnyLedger<Timeless<Arc<MemcachedStore>>>>),
    Naive(Arc<NaiveLedger<Arc<MemcachedStore>>>),
    /// Makes the round trips of the lease ledger on a connection of its own.
    Bare(Box<Wire>, Arc<Trips>),
}

impl Clients {
    /// So many, in each of which so many workers share one ledger.
    pub(crate) fn sharing<L>(
        count: usize,
        at_once: usize,
        ledger: impl Fn() -> Result<L>,
        worker: fn(Arc<L>) -> Worker,
    ) -> Result<Self> {
        Self::new(count, |_, _| {
            Ok(iter::repeat_n(Arc::new(ledger()?), at_once).map(worker).collect())
        })
    }

    /// So many, with so many bare connections each.
    pub(crate) fn bare(
        count: usize,
        at_once: usize,
        memcached: &Memcached,
        trips: &Arc<Trips>,
    ) -> Result<Self> {
        let worker = async |number| {
            let wire = scene::wire(&*memcached.store()?, number, trips).await?;
            Ok(Worker::Bare(Box::new(wire), Arc::clone(trips)))
        };
        Self::new(count, |client, runtime| {
            let numbers = client * at_once..(client + 1) * at_once;
            numbers.map(|number| runtime.block_on(worker(number))).collect()
        })
    }

    fn new(count: usize, workers: impl Fn(usize, &Runtime) -> Result<Vec<Worker>>) -> Result<Self> {
        let client = |number| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let workers = workers(number, &runtime)?;
            Ok((runtime, workers))
        };
        Ok(Self((0..count).map(client).collect::<Result<_>>()?))
    }

    /// How many of `sessions` a second they get through together.
    pub(crate) fn rate(
        &mut self,
        sessions: &Arc<[Session]>,
        phase: Phase,
        now: Timestamp,
    ) -> Result<f64> {
        let next = Arc::new(AtomicUsize::new(0));
        let start = Instant::now();
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for (runtime, workers) in &mut self.0 {
                let work = work(workers, sessions, &next, phase, now);
                threads.push(scope.spawn(move || runtime.block_on(work)));
            }
            threads.into_iter().try_for_each(|thread| {
                thread.join().map_err(|_| anyhow!("a client has panicked"))?
            })
        })?;
        Ok(sessions.len() as f64 / start.elapsed().as_secs_f64())
    }
}

/// Each takes the next session until there are no more.
async fn work(
    workers: &mut Vec<Worker>,
    sessions: &Arc<[Session]>,
    next: &Arc<AtomicUsize>,
    phase: Phase,
    now: Timestamp,
) -> Result<()> {
    let mut tasks = JoinSet::new();
    for mut worker in workers.drain(..) {
        let (sessions, next) = (Arc::clone(sessions), Arc::clone(next));
        tasks.spawn(async move {
            while let Some(session) = sessions.get(next.fetch_add(1, Ordering::Relaxed)) {
                worker.act(phase, session, now).await?;
            }
            anyhow::Ok(worker)
        });
    }
    while let Some(worker) = tasks.join_next().await {
        workers.push(worker??);
    }
    Ok(())
}

impl Worker {
    async fn act(&mut self, phase: Phase, session: &Session, now: Timestamp) -> Result<()> {
        match self {
            Self::Ledger(ledger) => phase.act(&**ledger, session, 0, now).await,
            Self::Naive(ledger) => phase.act(&**ledger, session, 0, now).await,
            Self::Bare(wire, trips) => {
                wire.turn_to(phase as usize);
                wire.make(&trips[phase as usize]).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use session_limit_bench::logins::{AMPLE, NOW};
    use session_limit_core::ledger::Ledger;

    use super::*;
    use crate::servers::Kind;

    #[test]
    fn clients_get_through_every_session_once() {
        let memcached = Memcached::start(false);
        let ledger = || Kind::Counter.ledger(memcached.store()?);
        let mut clients = Clients::sharing(2, 3, ledger, Worker::Ledger).unwrap();
        let sessions: Vec<_> = (0..50).map(|number| Session::new(7, number).unwrap()).collect();
        assert!(clients.rate(&sessions.into(), Phase::Admission, NOW).unwrap() > 0.0);
        let last = Session::new(7, 50).unwrap();
        let ledger = ledger().unwrap();
        let (runtime, _) = &clients.0[0];
        let admission = runtime.block_on(ledger.admit(&last.login(AMPLE), NOW)).unwrap();
        assert_eq!(admission.counted, 51);
    }
}
