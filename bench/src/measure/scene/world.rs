//! A store and a ledger on it, and what a block of sessions takes there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use session_limit_bench::logins::{AMPLE, NOW, Session};
use session_limit_core::ledger::{AnyLedger, Ledger};
use session_limit_core::store::{LONGEST_TTL, Store};
use session_limit_core::time::Timestamp;
use session_limit_memcached::MemcachedStore;
use tokio::task::JoinSet;

use super::{PHASES, Phase, Scene, Trips, round_trips, trips_of};
use crate::profile::{self, OURS, PEER, Turn};
use crate::timeless::Timeless;
use crate::wire::Wire;

/// Something of each of those at once, in each phase of one session.
pub(super) type Round<T> = [Vec<T>; PHASES];

/// How many load the store at once before anything is measured.
const LOADERS: u64 = 32;

/// A store full of leases, and a clock that runs so fast that what is left of ended sessions goes
/// as fast as it comes.
pub(super) struct World {
    pub(super) scene: Scene,
    pub(super) store: Arc<MemcachedStore>,
    ledger: AnyLedger<Timeless<Arc<MemcachedStore>>>,
    sessions: AtomicU64,
    clock: AtomicU64,
}

impl World {
    pub(super) async fn start(scene: Scene, store: Arc<MemcachedStore>) -> Result<Self> {
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

    fn now(&self) -> Timestamp {
        let step = self.scene.step().as_millis() as u64;
        Timestamp::from_millis(self.clock.fetch_add(step, Ordering::Relaxed))
    }

    /// What the next session asks of the store in each phase.
    pub(super) async fn round_trips(&self) -> Result<Trips> {
        let (session, Scene { kind, leases, .. }) = (self.session()?, self.scene);
        round_trips(kind, Arc::clone(&self.store), &session, leases, self.now()).await
    }

    /// One for each of those at once, and when it is.
    fn sessions(&self) -> Result<Vec<(Session, Timestamp)>> {
        (0..self.scene.at_once).map(|_| Ok((self.session()?, self.now()))).collect()
    }

    /// The turns of the ledger in so many rounds.
    pub(super) async fn block(self: &Arc<Self>, rounds: usize) -> Result<Vec<Round<Turn>>> {
        let mut block = Vec::new();
        for _ in 0..rounds {
            let act = |(session, now), phase: Phase| {
                let world = Arc::clone(self);
                async move {
                    let from = profile::now();
                    phase.act(&world.ledger, &session, world.scene.leases, now).await?;
                    let turn = Turn::since(from, OURS, 1.0);
                    Ok(((session, now), turn))
                }
            };
            block.push(in_step(&mut self.sessions()?, act).await?);
        }
        Ok(block)
    }

    /// The connections that the ledger has just used or is about to use, bare.
    pub(super) async fn wires(&self) -> Result<Vec<Wire>> {
        let mut wires = Vec::new();
        for number in 0..self.scene.at_once {
            wires.push(Wire::of(&self.store, number).await?);
        }
        Ok(wires)
    }

    /// The same with the round trips alone, on each of these connections.
    pub(super) async fn bare_block(
        &self,
        mut wires: Vec<Wire>,
        trips: &Arc<Trips>,
        rounds: usize,
    ) -> Result<Vec<Round<Turn>>> {
        let mut block = Vec::new();
        for _ in 0..rounds {
            let act = |mut wire: Wire, phase: Phase| {
                wire.turn_to(phase as usize);
                let trips = Arc::clone(trips);
                async move {
                    let from = profile::now();
                    wire.make(&trips[phase as usize]).await?;
                    let turn = Turn::since(from, PEER, 1.0);
                    Ok((wire, turn))
                }
            };
            block.push(in_step(&mut wires, act).await?);
        }
        wires.into_iter().try_for_each(|wire| wire.give_back(&self.store))?;
        Ok(block)
    }

    /// How many round trips the sessions of such a block take.
    pub(super) async fn block_of_round_trips(&self, rounds: usize) -> Result<Vec<Round<usize>>> {
        let Scene { kind, leases, .. } = self.scene;
        let mut block = Vec::new();
        for _ in 0..rounds {
            let act = |(session, now), phase: Phase| {
                let store = Arc::clone(&self.store);
                async move {
                    let trips = trips_of(phase, kind, store, &session, leases, now).await?;
                    Ok(((session, now), trips.len()))
                }
            };
            block.push(in_step(&mut self.sessions()?, act).await?);
        }
        Ok(block)
    }
}

/// Lets all `actors` act in each phase, which begins when the one before has ended for all of them, so
/// that nothing else goes on in it.
async fn in_step<A, T, F>(actors: &mut Vec<A>, act: impl Fn(A, Phase) -> F) -> Result<Round<T>>
where
    A: Send + 'static,
    T: Send + 'static,
    F: Future<Output = Result<(A, T)>> + Send + 'static,
{
    let mut round = [const { Vec::new() }; PHASES];
    for phase in Phase::ALL {
        let mut tasks = JoinSet::new();
        for actor in actors.drain(..) {
            tasks.spawn(act(actor, phase));
        }
        while let Some(acted) = tasks.join_next().await {
            let (actor, outcome) = acted??;
            actors.push(actor);
            round[phase as usize].push(outcome);
        }
    }
    Ok(round)
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
