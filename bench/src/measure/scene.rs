//! Logins, refusals and the starts and ends of sessions on a real memcached, so many at once, next
//! to the same round trips on the same connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use session_limit_bench::logins::{AMPLE, NOW, Session};
use session_limit_core::ledger::{AnyLedger, Effect, LeaseTimes, Ledger, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::store::{LONGEST_TTL, Store};
use session_limit_core::time::Timestamp;
use session_limit_memcached::MemcachedStore;
use tokio::task::JoinSet;

use crate::profile::{OURS, PEER, Turn, now};
use crate::round_trips::{Noting, RoundTrip};
use crate::servers::{Kind, Memcached};
use crate::wire::Wire;

/// What is done with each session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Refusal,
    Admission,
    Start,
    End,
}

const PHASES: usize = Phase::ALL.len();

/// The round trips of each phase.
pub(crate) type Trips = [Vec<RoundTrip>; PHASES];

/// Sessions of which one block of measurements is made, by all tasks together, or a few more.
const BLOCK: usize = 128;

/// How many load the store at once before anything is measured.
const LOADERS: u64 = 32;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) kind: Kind,
    pub(crate) over_tls: bool,
    pub(crate) at_once: usize,
    pub(crate) users: u64,
    /// What each user holds all the time.
    pub(crate) leases: u64,
}

/// What was measured of a phase: a mean for each block, in microseconds, and the round trips.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) ledger: Vec<f64>,
    pub(crate) bare: Vec<f64>,
    /// What one session asks when nobody else does.
    pub(crate) trips: Vec<RoundTrip>,
    /// How many it takes among others, where those are in each other's way: a mean for each block.
    pub(crate) in_crowd: Vec<f64>,
}

impl Phase {
    /// In the order in which a session goes through them.
    pub(crate) const ALL: [Self; 4] = [Self::Refusal, Self::Admission, Self::Start, Self::End];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refusal => "refusal",
            Self::Admission => "admission",
            Self::Start => "start of a session",
            Self::End => "end of a session",
        }
    }

    /// Does it with a session of a user who holds so many, and it has to go as it should.
    pub(crate) async fn act<L: Ledger>(
        self,
        ledger: &L,
        session: &Session,
        held: u64,
        now: Timestamp,
    ) -> Result<()> {
        let held = SessionLimit::new(u32::try_from(held)?);
        let is_right = match self {
            Self::Refusal => {
                ledger.admit(&session.login(held), now).await?.verdict == Verdict::Refused
            }
            Self::Admission => {
                ledger.admit(&session.login(AMPLE), now).await?.verdict == Verdict::Admitted
            }
            Self::Start => {
                ledger.observe(&session.connected(now), now).await?.effect == Effect::Started
            }
            Self::End => ledger.observe(&session.ended(now), now).await?.effect == Effect::Ended,
        };
        ensure!(is_right, "a {} went another way", self.name());
        Ok(())
    }
}

impl Scene {
    /// So many blocks, on a memcached that has nothing in it.
    pub(crate) async fn measure(
        self,
        memcached: Memcached,
        blocks: usize,
    ) -> Result<[(Phase, Measured); PHASES]> {
        let mut stage = Stage::set(self, memcached).await?;
        for _ in 0..blocks {
            stage.measure().await?;
        }
        Ok(stage.measured())
    }

    /// Whether one user's changes have to wait for each other, which no bare round trip does.
    pub(crate) fn is_crowded(self) -> bool {
        self.users == 1 && self.at_once > 1
    }

    /// How many sessions of a block each of those at once goes through.
    fn each(self) -> usize {
        (BLOCK / self.at_once).max(4)
    }
}

/// A scene with all that it needs, and what was measured of it so far.
pub(crate) struct Stage {
    world: Arc<World>,
    trips: Arc<Trips>,
    blocks: usize,
    measured: [Measured; PHASES],
    turns: Vec<Turn>,
    /// Ends with the value.
    _memcached: Memcached,
}

impl Stage {
    pub(crate) async fn set(scene: Scene, memcached: Memcached) -> Result<Self> {
        let world = Arc::new(World::start(scene, memcached.store()?).await?);
        let trips = world.round_trips().await?;
        for number in 0..scene.at_once {
            wire(&world.store, number, &trips).await?.give_back(&world.store)?;
        }
        let measured = trips.clone().map(|trips| Measured { trips, ..Measured::default() });
        let trips = Arc::new(trips);
        let turns = Vec::new();
        let mut stage = Self { world, trips, blocks: 0, measured, turns, _memcached: memcached };
        // The first block opens connections.
        stage.both().await?;
        stage.turns.clear();
        Ok(stage)
    }

    /// A block of the ledger and one of bare round trips.
    pub(crate) async fn measure(&mut self) -> Result<()> {
        let (ledger, bare) = self.both().await?;
        for (nth, measured) in self.measured.iter_mut().enumerate() {
            measured.ledger.push(ledger[nth]);
            measured.bare.push(bare[nth]);
        }
        if self.world.scene.is_crowded() {
            let trips = self.world.block_of_round_trips().await?;
            for (measured, trips) in self.measured.iter_mut().zip(trips) {
                measured.in_crowd.push(trips);
            }
        }
        Ok(())
    }

    pub(crate) fn measured(self) -> [(Phase, Measured); PHASES] {
        let mut measured = self.measured.into_iter();
        Phase::ALL.map(|phase| (phase, measured.next().unwrap_or_default()))
    }

    /// Who had a turn, and when.
    pub(crate) fn turns(self) -> Vec<Turn> {
        self.turns
    }

    /// Now the one first, now the other, so that neither always follows its peer.
    async fn both(&mut self) -> Result<([f64; PHASES], [f64; PHASES])> {
        self.blocks += 1;
        if self.blocks.is_multiple_of(2) {
            let bare = self.bare().await?;
            Ok((self.ledger().await?, bare))
        } else {
            let ledger = self.ledger().await?;
            Ok((ledger, self.bare().await?))
        }
    }

    async fn ledger(&mut self) -> Result<[f64; PHASES]> {
        let (from, each) = (now(), self.world.scene.each());
        let times = self.world.block(each).await?;
        self.turns.push(Turn::since(from, OURS, self.done()));
        Ok(times)
    }

    async fn bare(&mut self) -> Result<[f64; PHASES]> {
        let wires = self.world.wires().await?;
        let (from, each) = (now(), self.world.scene.each());
        let times = self.world.bare_block(wires, &self.trips, each).await?;
        self.turns.push(Turn::since(from, PEER, self.done()));
        Ok(times)
    }

    /// What is done in a block: sessions, or their round trips where those are the same for both.
    fn done(&self) -> f64 {
        let scene = self.world.scene;
        let trips = self.trips.iter().map(Vec::len).sum::<usize>();
        let sessions = scene.at_once * scene.each();
        (if scene.is_crowded() { sessions } else { sessions * trips }) as f64
    }
}

/// A store full of leases, and a clock that runs so fast that what is left of ended sessions goes
/// as fast as it comes.
struct World {
    scene: Scene,
    store: Arc<MemcachedStore>,
    ledger: AnyLedger<Arc<MemcachedStore>>,
    sessions: AtomicU64,
    clock: AtomicU64,
}

impl World {
    async fn start(scene: Scene, store: Arc<MemcachedStore>) -> Result<Self> {
        let ledger = scene.kind.ledger(Arc::clone(&store))?;
        for number in 0..scene.leases {
            let session = Session::new(0, number)?;
            ledger.admit(&session.login(AMPLE), NOW).await?;
            ledger.observe(&session.connected(NOW), NOW).await?;
        }
        copy_to_others(&scene, &store).await?;
        let (sessions, clock) = (scene.leases.into(), NOW.as_millis().into());
        Ok(Self { scene, store, ledger, sessions, clock })
    }

    /// The next one, of the users in turn.
    fn session(&self) -> Result<Session> {
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        Ok(Session::new(number % self.scene.users, number)?)
    }

    /// What is left of a session is gone after the reservation's time, in which each of those at
    /// once gets through a few sessions; alone, it finds nothing left of the one before.
    fn now(&self) -> Timestamp {
        let step = LeaseTimes::DEFAULT_RESERVATION_TTL + 3 * LeaseTimes::DEFAULT_SKEW;
        let share = if self.scene.at_once == 1 { 1 } else { 8 * self.scene.at_once as u64 };
        let step = step.as_millis() as u64 / share;
        Timestamp::from_millis(self.clock.fetch_add(step, Ordering::Relaxed))
    }

    /// What the next session asks of the store in each phase.
    async fn round_trips(&self) -> Result<Trips> {
        let (session, Scene { kind, leases, .. }) = (self.session()?, self.scene);
        round_trips(kind, Arc::clone(&self.store), &session, leases, self.now()).await
    }

    /// What a session takes in each phase, where each of those at once goes through so many.
    async fn block(self: &Arc<Self>, each: usize) -> Result<[f64; PHASES]> {
        let mut tasks = JoinSet::new();
        for _ in 0..self.scene.at_once {
            let world = Arc::clone(self);
            tasks.spawn(async move {
                let mut times = [0.0; PHASES];
                for _ in 0..each {
                    let (session, now) = (world.session()?, world.now());
                    for (phase, time) in Phase::ALL.into_iter().zip(&mut times) {
                        let start = Instant::now();
                        phase.act(&world.ledger, &session, world.scene.leases, now).await?;
                        *time += micros_since(start);
                    }
                }
                anyhow::Ok(times)
            });
        }
        mean(tasks, each).await
    }

    /// Bare, the connections that the ledger has just used or is about to use.
    async fn wires(&self) -> Result<Vec<Wire>> {
        let mut wires = Vec::new();
        for number in 0..self.scene.at_once {
            wires.push(Wire::of(&self.store, number).await?);
        }
        Ok(wires)
    }

    /// What so many round trips take alone, on each of these connections.
    async fn bare_block(
        &self,
        wires: Vec<Wire>,
        trips: &Arc<Trips>,
        each: usize,
    ) -> Result<[f64; PHASES]> {
        let mut tasks = JoinSet::new();
        for mut wire in wires {
            let (trips, store) = (Arc::clone(trips), Arc::clone(&self.store));
            tasks.spawn(async move {
                let mut times = [0.0; PHASES];
                for _ in 0..each {
                    for (name, trips) in trips.iter().enumerate() {
                        wire.turn_to(name);
                        let start = Instant::now();
                        wire.make(trips).await?;
                        times[name] += micros_since(start);
                    }
                }
                wire.give_back(&store)?;
                anyhow::Ok(times)
            });
        }
        mean(tasks, each).await
    }

    /// How many round trips a session takes in each phase of such a block.
    async fn block_of_round_trips(self: &Arc<Self>) -> Result<[f64; PHASES]> {
        let (mut tasks, each) = (JoinSet::new(), self.scene.each());
        for _ in 0..self.scene.at_once {
            let world = Arc::clone(self);
            tasks.spawn(async move {
                let mut counts = [0.0; PHASES];
                for _ in 0..each {
                    add(&mut counts, world.round_trips().await?.map(|trips| trips.len() as f64));
                }
                anyhow::Ok(counts)
            });
        }
        mean(tasks, each).await
    }
}

/// Gives all users what the first one has: what the store keeps of one does not tell whose it is.
async fn copy_to_others(scene: &Scene, store: &Arc<MemcachedStore>) -> Result<()> {
    let of = |user| Session::new(user, 0).map(|session| scene.kind.key(&session));
    let first = store.load(&[of(0)?], NOW).await?.pop().flatten();
    let value: Arc<[u8]> = first.context("the first user has nothing")?.value.into();
    let mut loaders = JoinSet::new();
    for loader in 1..=LOADERS {
        let keys = (loader..scene.users).step_by(LOADERS as usize).map(of);
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        let (store, value) = (Arc::clone(store), Arc::clone(&value));
        loaders.spawn(async move {
            for key in keys {
                store.add(&key, &value, LONGEST_TTL, NOW).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(loader) = loaders.join_next().await {
        loader??;
    }
    Ok(())
}

/// A bare connection of `store` that finds what it needs for `trips`.
pub(crate) async fn wire(store: &MemcachedStore, number: usize, trips: &Trips) -> Result<Wire> {
    let mut wire = Wire::of(store, number).await?;
    for (name, trips) in trips.iter().enumerate() {
        wire.turn_to(name);
        wire.prepare(trips).await?;
    }
    Ok(wire)
}

/// What a session of a user who holds so many asks of the store in each phase.
pub(crate) async fn round_trips(
    kind: Kind,
    store: Arc<MemcachedStore>,
    session: &Session,
    held: u64,
    now: Timestamp,
) -> Result<Trips> {
    let noting = Noting::new(store);
    let ledger = kind.ledger(noting.clone())?;
    let mut trips = Trips::default();
    for (phase, trips) in Phase::ALL.into_iter().zip(&mut trips) {
        phase.act(&ledger, session, held, now).await?;
        *trips = noting.take();
    }
    Ok(trips)
}

/// What one session takes, of tasks that each went through so many.
async fn mean(mut tasks: JoinSet<Result<[f64; PHASES]>>, each: usize) -> Result<[f64; PHASES]> {
    let (mut sums, sessions) = ([0.0; PHASES], tasks.len() * each);
    while let Some(task) = tasks.join_next().await {
        add(&mut sums, task??);
    }
    Ok(sums.map(|sum| sum / sessions as f64))
}

fn add(sums: &mut [f64; PHASES], more: [f64; PHASES]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

fn micros_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6
}
