//! How many logins and events clients get through, and whether it matters how many sessions a server
//! has. A client is a thread with a runtime and connections of its own, as a function has them, so
//! that what one client gets through is what one core gives.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use session_limit_bench::logins::{NOW, Session};
use session_limit_core::ledger::Ledger;
use session_limit_core::time::Timestamp;
use session_limit_testkit::naive::NaiveLedger;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, spawn_blocking};

use crate::figures::{Row, Spread, Unit};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::scene::{Phase, Scene, Stage};
use crate::servers::{Kind, Memcached};

const THROUGHPUT: &str = "throughput";
const GROWTH: &str = "growth";

/// Of each client.
const AT_ONCE: [usize; 3] = [64, 8, 1];
const USERS: u64 = 10_000;
/// Sessions of one sample.
const SAMPLE: u64 = 2_048;
/// The time between two samples, after which nothing is left of ended sessions.
const STEP: Duration = Duration::from_secs(400);

/// Sessions of a server, of which each user has ten.
const SESSIONS: [u64; 4] = [10, 100, 1_000, 10_000];
const EACH: u64 = 10;

pub(crate) async fn measure(plan: Plan) -> Result<Vec<Row>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let [most, fewer @ ..] = AT_ONCE;
    // More and more, to see where memcached is saturated, up to as many as can run at once.
    let clients = iter::successors(Some(1), |clients| Some(2 * clients));
    let clients = clients.take_while(|clients| *clients < cores).chain([cores]);
    let mut loads: Vec<_> = clients.map(|clients| (clients, most)).collect();
    loads.extend(fewer.map(|at_once| (1, at_once)));
    let mut rows = Vec::new();
    for (clients, at_once) in plan.some(&loads) {
        plan.tell(&format!("{THROUGHPUT}, {}", describe(clients, at_once)));
        // A runtime cannot end within another.
        rows.extend(spawn_blocking(move || rates(clients, at_once, plan.blocks())).await??);
    }
    rows.extend(growth(plan).await?);
    Ok(rows)
}

fn rates(clients: usize, at_once: usize, blocks: usize) -> Result<Vec<Row>> {
    let memcached = Memcached::start(false);
    let lease = Clients::new(clients, || Kind::Lease.ledger(memcached.store()?))?;
    let counter = Clients::new(clients, || Kind::Counter.ledger(memcached.store()?))?;
    let ttl = Duration::from_secs(86_400);
    let naive = Clients::new(clients, || Ok(NaiveLedger::new(memcached.store()?, ttl)))?;
    let [mut logins, mut starts, mut ends, mut counted, mut published] = [const { Vec::new() }; 5];
    let [mut busy, mut busy_share] = [const { Vec::new() }; 2];
    for block in 0..=blocks as u64 {
        let numbers = block * SAMPLE..(block + 1) * SAMPLE;
        let sessions = numbers.map(|number| Session::new(number % USERS, number));
        let sessions: Arc<[Session]> = sessions.collect::<Result<_, _>>()?;
        let now = NOW.after(STEP * u32::try_from(block)?);
        let idle = memcached.processor_time()?;
        let login = lease.rate(&sessions, at_once, Phase::Admission, now)?;
        let worked = memcached.processor_time()?.saturating_sub(idle).as_secs_f64();
        let start = lease.rate(&sessions, at_once, Phase::Start, now)?;
        let end = lease.rate(&sessions, at_once, Phase::End, now)?;
        let count = counter.rate(&sessions, at_once, Phase::Admission, now)?;
        let publish = naive.rate(&sessions, at_once, Phase::Admission, now)?;
        // The first one opens connections.
        if block > 0 {
            logins.push(login);
            starts.push(start);
            ends.push(end);
            counted.push(count);
            published.push(publish);
            busy.push(worked * 1e6 / SAMPLE as f64);
            busy_share.push(worked * 100.0 * login / SAMPLE as f64);
        }
    }
    let row = |what: &str, unit| {
        let what = format!("{what}, {}, {USERS} users", describe(clients, at_once));
        Row::new(THROUGHPUT, what, unit)
    };
    let rate = |what: &str| row(what, Unit::PerSecond);
    let naive = "the naive counter: get, then incr";
    let mut rows = vec![
        rate("logins, lease ledger").in_pairs(&logins, naive, &published),
        rate("logins, counter ledger").in_pairs(&counted, naive, &published),
        rate("starts of sessions, lease ledger").value(Spread::of(&starts)),
        rate("ends of sessions, lease ledger").value(Spread::of(&ends)),
    ];
    // With fewer at once a client waits for answers.
    if at_once == AT_ONCE[0] {
        let of_memcached =
            |what: &str, unit| row(&format!("memcached: {what}, lease ledger"), unit);
        rows.extend([
            of_memcached("processor time for a login", Unit::Microseconds).value(Spread::of(&busy)),
            of_memcached("busy during logins", Unit::Percent).value(Spread::of(&busy_share)),
        ]);
        rows.iter_mut().for_each(|row| row.short = true);
    }
    Ok(rows)
}

fn describe(clients: usize, at_once: usize) -> String {
    let s = if clients == 1 { "" } else { "s" };
    format!("{clients} client thread{s} with {at_once} at once")
}

/// Each with its runtime and its ledger.
struct Clients<L>(Vec<(Runtime, Arc<L>)>);

impl<L: Ledger + 'static> Clients<L> {
    fn new(count: usize, ledger: impl Fn() -> Result<L>) -> Result<Self> {
        let client = |_| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            Ok((runtime, Arc::new(ledger()?)))
        };
        Ok(Self((0..count).map(client).collect::<Result<_>>()?))
    }

    /// How many of `sessions` a second they get through together.
    fn rate(
        &self,
        sessions: &Arc<[Session]>,
        at_once: usize,
        phase: Phase,
        now: Timestamp,
    ) -> Result<f64> {
        let next = Arc::new(AtomicUsize::new(0));
        let start = Instant::now();
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for (runtime, ledger) in &self.0 {
                let work = work(ledger, sessions, &next, at_once, phase, now);
                threads.push(scope.spawn(move || runtime.block_on(work)));
            }
            threads.into_iter().try_for_each(|thread| {
                thread.join().map_err(|_| anyhow!("a client has panicked"))?
            })
        })?;
        Ok(sessions.len() as f64 / start.elapsed().as_secs_f64())
    }
}

/// Takes the next session until there are no more, with so many tasks.
async fn work<L: Ledger + 'static>(
    ledger: &Arc<L>,
    sessions: &Arc<[Session]>,
    next: &Arc<AtomicUsize>,
    at_once: usize,
    phase: Phase,
    now: Timestamp,
) -> Result<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let (ledger, sessions, next) = (Arc::clone(ledger), Arc::clone(sessions), Arc::clone(next));
        tasks.spawn(async move {
            while let Some(session) = sessions.get(next.fetch_add(1, Ordering::Relaxed)) {
                phase.act(&*ledger, session, 0, now).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

/// An admission on servers with more and more sessions, block by block in turn.
async fn growth(plan: Plan) -> Result<Vec<Row>> {
    plan.tell(GROWTH);
    let _one = OneProcessor::enter()?;
    let mut stages = Vec::new();
    for sessions in plan.some(&SESSIONS) {
        let (kind, users) = (Kind::Lease, sessions / EACH);
        let scene = Scene { kind, over_tls: false, at_once: 1, users, leases: EACH };
        stages.push((sessions, Stage::set(scene).await?));
    }
    for _ in 0..plan.blocks() {
        for (_, stage) in &mut stages {
            stage.measure().await?;
        }
    }
    let of = |stage: Stage| {
        let admission = stage.measured().into_iter().find(|(phase, _)| *phase == Phase::Admission);
        admission.map(|(_, measured)| measured.ledger).unwrap_or_default()
    };
    let mut stages = stages.into_iter().map(|(sessions, stage)| (sessions, of(stage)));
    let Some((few, fewest)) = stages.next() else { return Ok(Vec::new()) };
    let rows = stages.map(|(sessions, times)| {
        let what = format!("admission, lease ledger, a server with {sessions} sessions");
        let row = Row::new(GROWTH, what, Unit::Microseconds);
        row.in_pairs(&times, format!("one with {few} sessions"), &fewest).short()
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use session_limit_bench::logins::AMPLE;

    use super::*;

    #[test]
    fn clients_get_through_every_session_once() {
        let memcached = Memcached::start(false);
        let ledger = || Kind::Counter.ledger(memcached.store()?);
        let clients = Clients::new(2, ledger).unwrap();
        let sessions: Vec<_> = (0..50).map(|number| Session::new(7, number).unwrap()).collect();
        let before = memcached.processor_time().unwrap();
        assert!(clients.rate(&sessions.into(), 3, Phase::Admission, NOW).unwrap() > 0.0);
        assert!(memcached.processor_time().unwrap() > before);
        let last = Session::new(7, 50).unwrap();
        let (runtime, ledger) = &clients.0[0];
        let admission = runtime.block_on(ledger.admit(&last.login(AMPLE), NOW)).unwrap();
        assert_eq!(admission.counted, 51);
    }
}
