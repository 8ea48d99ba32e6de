//! How many logins and events clients get through, and whether it matters how many sessions a server
//! has.

use std::iter;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use session_limit_bench::logins::{NOW, Session};
use session_limit_core::time::Timestamp;
use session_limit_testkit::naive::NaiveLedger;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;

use crate::clients::{Clients, Worker};
use crate::figures::{Row, Unit};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::round_trips::names;
use crate::scene::{Phase, Scene, Stage, round_trips};
use crate::servers::{Kind, Memcached};

pub(crate) const THROUGHPUT: &str = "throughput";
pub(crate) const GROWTH: &str = "growth";

/// Of each client.
const AT_ONCE: [usize; 3] = [64, 8, 1];
/// They saturate the one thread of memcached anywhere, and have connections enough.
const MOST_CLIENTS: usize = 8;
const USERS: u64 = 10_000;
/// Sessions of one sample.
const SAMPLE: u64 = 2_048;
/// The time between two samples, after which nothing is left of ended sessions.
const STEP: Duration = Duration::from_secs(400);

/// Sessions of a server, of which each user has ten.
const SESSIONS: [u64; 4] = [10, 100, 1_000, 10_000];
const EACH: u64 = 10;

pub(crate) async fn measure(plan: Plan<'_>) -> Result<Vec<Row>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let [most, fewer @ ..] = AT_ONCE;
    // More and more, until memcached is saturated: twice as many as can run at once leave it nothing
    // to wait for.
    let clients = iter::successors(Some(1), |clients| Some(2 * clients));
    let clients = clients.take_while(|clients| *clients <= MOST_CLIENTS.min(2 * cores));
    let mut loads: Vec<_> = clients.map(|clients| (clients, most)).collect();
    loads.extend(fewer.map(|at_once| (1, at_once)));
    let mut rows = Vec::new();
    for (clients, at_once) in plan.few(&loads) {
        plan.tell(&format!("{THROUGHPUT}, {}", describe(clients, at_once)));
        let blocks = plan.blocks();
        // A runtime cannot end within another.
        rows.extend(spawn_blocking(move || rates(clients, at_once, blocks)).await??);
    }
    Ok(rows)
}

fn rates(clients: usize, at_once: usize, blocks: usize) -> Result<Vec<Row>> {
    let memcached = Memcached::start(false);
    let ledger = |kind: Kind| {
        let ledger = || kind.ledger(memcached.store()?);
        Clients::sharing(clients, at_once, ledger, Worker::Ledger)
    };
    let naive = || Ok(NaiveLedger::new(memcached.store()?, Duration::from_secs(86_400)));
    let naive = Clients::sharing(clients, at_once, naive, Worker::Naive)?;
    // Seen with a session that nobody else has.
    let session = Session::new(USERS, (blocks as u64 + 1) * SAMPLE)?;
    let trips = round_trips(Kind::Lease, memcached.store()?, &session, 0, NOW);
    let trips = Arc::new(Builder::new_current_thread().enable_all().build()?.block_on(trips)?);
    let bare = Clients::bare(clients, at_once, &memcached, &trips)?;
    let mut contenders = [
        Contender::new(ledger(Kind::Lease)?, &[Phase::Admission, Phase::Start, Phase::End]),
        Contender::new(bare, &[Phase::Start, Phase::End]),
        Contender::new(naive, &[Phase::Admission]),
        Contender::new(ledger(Kind::Counter)?, &[Phase::Admission]),
    ];
    let mut turns: Vec<_> = contenders.iter_mut().collect();
    for block in 0..=blocks as u64 {
        let numbers = block * SAMPLE..(block + 1) * SAMPLE;
        let sessions = numbers.map(|number| Session::new(number % USERS, number));
        let sessions: Arc<[Session]> = sessions.collect::<Result<_, _>>()?;
        let now = NOW.after(STEP * u32::try_from(block)?);
        for contender in &mut turns {
            let samples = contender.turn(&memcached, &sessions, now)?;
            // The first one opens connections.
            if block > 0 {
                contender.samples.extend(samples);
            }
        }
        // So that none always follows its peer.
        turns.reverse();
    }
    let [lease, bare, naive, counter] = &contenders;
    let described = format!("{}, {USERS} users", describe(clients, at_once));
    let row = |what: &str, unit| Row::new(THROUGHPUT, format!("{what}, {described}"), unit);
    let rate = |what: &str, one: &Contender, phase, name: &str, peer: &Contender| {
        let [one, peer] = [one, peer].map(|of| of.figures(phase, |sample| sample.rate));
        row(what, Unit::PerSecond).in_pairs(&one, name, &peer)
    };
    let published = "the naive counter: get, then incr";
    let bare_trips = |phase: Phase| format!("bare {}", names(&trips[phase as usize]));
    let (start, end) = (bare_trips(Phase::Start), bare_trips(Phase::End));
    let mut rows = vec![
        rate("logins, lease ledger", lease, Phase::Admission, published, naive),
        rate("logins, counter ledger", counter, Phase::Admission, published, naive),
        rate("starts of sessions, lease ledger", lease, Phase::Start, &start, bare),
        rate("ends of sessions, lease ledger", lease, Phase::End, &end, bare),
    ];
    // With fewer at once a client waits for answers.
    if at_once == AT_ONCE[0] {
        let of_memcached = |what: &str, unit, figure: fn(&Sample) -> f64| {
            let [one, peer] = [lease, naive].map(|of| of.figures(Phase::Admission, figure));
            row(&format!("memcached: {what}, lease ledger"), unit).in_pairs(&one, published, &peer)
        };
        rows.extend([
            of_memcached("processor time for a login", Unit::Microseconds, Sample::busy_for_each),
            of_memcached("busy during logins", Unit::Percent, Sample::busy_share),
            of_memcached("with something to do during logins", Unit::Percent, Sample::load),
        ]);
        rows.iter_mut().for_each(|row| row.short = true);
    }
    Ok(rows)
}

fn describe(clients: usize, at_once: usize) -> String {
    let s = if clients == 1 { "" } else { "s" };
    format!("{clients} client thread{s} with {at_once} at once")
}

/// What goes through the same sessions in turn with others.
struct Contender {
    clients: Clients,
    phases: &'static [Phase],
    samples: Vec<(Phase, Sample)>,
}

/// Of one phase.
struct Sample {
    /// Sessions per second.
    rate: f64,
    /// How many seconds memcached worked for it.
    busy: f64,
    /// How many seconds it had to wait for a processor.
    waiting: f64,
}

impl Contender {
    fn new(clients: Clients, phases: &'static [Phase]) -> Self {
        Self { clients, phases, samples: Vec::new() }
    }

    fn turn(
        &mut self,
        memcached: &Memcached,
        sessions: &Arc<[Session]>,
        now: Timestamp,
    ) -> Result<Vec<(Phase, Sample)>> {
        let sample = |phase: &Phase| {
            let before = memcached.work()?;
            let rate = self.clients.rate(sessions, *phase, now)?;
            let after = memcached.work()?;
            let busy = after.busy.saturating_sub(before.busy).as_secs_f64();
            let waiting = after.waiting.saturating_sub(before.waiting).as_secs_f64();
            Ok((*phase, Sample { rate, busy, waiting }))
        };
        self.phases.iter().map(sample).collect()
    }

    fn figures(&self, phase: Phase, figure: fn(&Sample) -> f64) -> Vec<f64> {
        let samples = self.samples.iter().filter(|(of, _)| *of == phase);
        samples.map(|(_, sample)| figure(sample)).collect()
    }
}

impl Sample {
    /// Microseconds.
    fn busy_for_each(&self) -> f64 {
        self.busy * 1e6 / SAMPLE as f64
    }

    /// Percent of the time that it took.
    fn busy_share(&self) -> f64 {
        self.busy * 100.0 * self.rate / SAMPLE as f64
    }

    /// Percent of the time in which memcached worked or had to wait for a processor: a hundred where
    /// it has no more to give.
    fn load(&self) -> f64 {
        (self.busy + self.waiting) * 100.0 * self.rate / SAMPLE as f64
    }
}

/// An admission on servers with more and more sessions, block by block in turn.
pub(crate) async fn growth(plan: Plan<'_>) -> Result<Vec<Row>> {
    let _one = OneProcessor::enter()?;
    let mut stages = Vec::new();
    for sessions in plan.few(&SESSIONS) {
        let (kind, users) = (Kind::Lease, sessions / EACH);
        let scene = Scene { kind, over_tls: false, at_once: 1, users, leases: EACH };
        stages.push((sessions, Stage::set(scene, Memcached::start(false)).await?));
    }
    for _ in 0..plan.blocks() {
        for (_, stage) in &mut stages {
            stage.measure(1).await?;
        }
    }
    let of = |stage: Stage| {
        let (measured, _) = stage.end();
        let admission = measured.into_iter().find(|(phase, _)| *phase == Phase::Admission);
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
