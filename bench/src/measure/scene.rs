//! Refusals, logins and the starts and ends of sessions on a real memcached, so many at once, next to
//! the same round trips on the same connections.

mod world;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use session_limit_bench::logins::{AMPLE, Session};
use session_limit_core::ledger::{Effect, LeaseTimes, Ledger, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::time::Timestamp;
use session_limit_memcached::MemcachedStore;

use crate::profile::Turn;
use crate::round_trips::{Noting, RoundTrip};
use crate::servers::{Kind, Memcached};
use crate::wire::Wire;
use world::{Round, World};

/// What is done with each session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Refusal,
    Admission,
    Start,
    End,
}

pub(crate) const PHASES: usize = Phase::ALL.len();

/// The round trips of each phase.
pub(crate) type Trips = [Vec<RoundTrip>; PHASES];

/// Sessions of which one block of measurements is made, by all tasks together, or a few more.
const BLOCK: usize = 128;

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
    /// Whether one user's changes have to wait for each other, which no bare round trip does.
    pub(crate) fn is_crowded(self) -> bool {
        self.users == 1 && self.at_once > 1
    }

    /// How far the clock goes from one session to the next. What is left of a session is gone after the
    /// reservation's time, in which each of those at once gets through a few sessions; alone, it finds
    /// nothing left of the one before.
    fn step(self) -> Duration {
        let step = LeaseTimes::DEFAULT_RESERVATION_TTL + 3 * LeaseTimes::DEFAULT_SKEW;
        if self.at_once == 1 { step } else { step / (8 * self.at_once as u32) }
    }

    /// The rounds of a block, in each of which each of those at once has a session.
    fn rounds(self) -> usize {
        (BLOCK / self.at_once).max(4)
    }
}

/// A scene with all that it needs, and what was measured of it so far.
pub(crate) struct Stage {
    world: Arc<World>,
    trips: Arc<Trips>,
    blocks: usize,
    measured: [Measured; PHASES],
    /// Of admissions; those at once are one turn, from the first that begins to the last that ends.
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

    /// So many blocks of the ledger, and as many of bare round trips.
    pub(crate) async fn measure(&mut self, blocks: usize) -> Result<()> {
        for _ in 0..blocks {
            let [ledger, bare] = self.both().await?;
            for (nth, measured) in self.measured.iter_mut().enumerate() {
                measured.ledger.push(ledger[nth]);
                measured.bare.push(bare[nth]);
            }
            let scene = self.world.scene;
            if scene.is_crowded() {
                let block = self.world.block_of_round_trips(scene.rounds()).await?;
                let trips = means(&block, |trips| *trips as f64);
                for (measured, trips) in self.measured.iter_mut().zip(trips) {
                    measured.in_crowd.push(trips);
                }
            }
        }
        Ok(())
    }

    /// What was measured, and who had a turn when in admissions.
    pub(crate) fn end(self) -> ([(Phase, Measured); PHASES], Vec<Turn>) {
        let mut measured = self.measured.into_iter();
        let measured = Phase::ALL.map(|phase| (phase, measured.next().unwrap_or_default()));
        (measured, self.turns)
    }

    /// What a session takes in each phase with the ledger, and bare, in a block of each: now the one
    /// first, now the other, so that neither always follows its peer.
    async fn both(&mut self) -> Result<[[f64; PHASES]; 2]> {
        self.blocks += 1;
        if self.blocks.is_multiple_of(2) {
            let bare = self.bare().await?;
            Ok([self.ledger().await?, bare])
        } else {
            Ok([self.ledger().await?, self.bare().await?])
        }
    }

    async fn ledger(&mut self) -> Result<[f64; PHASES]> {
        let block = self.world.block(self.world.scene.rounds()).await?;
        Ok(self.note(&block))
    }

    async fn bare(&mut self) -> Result<[f64; PHASES]> {
        let (wires, rounds) = (self.world.wires().await?, self.world.scene.rounds());
        let block = self.world.bare_block(wires, &self.trips, rounds).await?;
        Ok(self.note(&block))
    }

    /// Notes whose turn it was, and answers the microseconds of a session in each phase.
    fn note(&mut self, block: &[Round<Turn>]) -> [f64; PHASES] {
        let admissions = block.iter().map(|round| &round[Phase::Admission as usize]);
        self.turns.extend(admissions.filter_map(|turns| Turn::around(turns)));
        means(block, |turn| turn.duration().as_secs_f64() * 1e6)
    }
}

fn means<T>(block: &[Round<T>], value: impl Fn(&T) -> f64) -> [f64; PHASES] {
    Phase::ALL.map(|phase| {
        let values = || block.iter().flat_map(|round| &round[phase as usize]).map(&value);
        values().sum::<f64>() / values().count() as f64
    })
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
    let mut all = Trips::default();
    for phase in Phase::ALL {
        let trips = trips_of(phase, kind, Arc::clone(&store), session, held, now).await?;
        all[phase as usize] = trips;
    }
    Ok(all)
}

/// What it asks in this one.
async fn trips_of(
    phase: Phase,
    kind: Kind,
    store: Arc<MemcachedStore>,
    session: &Session,
    held: u64,
    now: Timestamp,
) -> Result<Vec<RoundTrip>> {
    let noting = Noting::new(store);
    phase.act(&kind.ledger(noting.clone())?, session, held, now).await?;
    Ok(noting.take())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::profile::{OURS, PEER};
    use session_limit_core::store::LONGEST_TTL;

    fn scenes() -> impl Iterator<Item = Scene> {
        let at =
            |(kind, at_once, users)| Scene { kind, over_tls: false, at_once, users, leases: 3 };
        let (lease, counter) = (Kind::Lease, Kind::Counter);
        [(counter, 1, 1), (counter, 64, 20), (lease, 8, 1), (lease, 64, 100)].into_iter().map(at)
    }

    #[tokio::test]
    async fn ours_and_the_bare_one_have_as_many_turns() {
        for scene in scenes() {
            let mut stage = Stage::set(scene, Memcached::start(scene.over_tls)).await.unwrap();
            stage.measure(2).await.unwrap();
            let (_, turns) = stage.end();
            let rounds = scene.rounds();
            let sides = [PEER, OURS, OURS, PEER].into_iter().flat_map(|side| vec![side; rounds]);
            assert!(turns.iter().map(|turn| turn.side).eq(sides), "each is first as often");
            assert!(turns.iter().all(|turn| turn.times == scene.at_once as f64), "{turns:?}");
        }
    }

    #[tokio::test]
    async fn nothing_else_goes_on_in_a_phase() {
        for scene in scenes() {
            let stage = Stage::set(scene, Memcached::start(scene.over_tls)).await.unwrap();
            let mut rounds = stage.world.block(2).await.unwrap();
            let wires = stage.world.wires().await.unwrap();
            rounds.extend(stage.world.bare_block(wires, &stage.trips, 2).await.unwrap());
            let phases: Vec<_> =
                rounds.iter().flatten().map(|turns| Turn::around(turns).unwrap()).collect();
            assert!(phases.iter().all(|phase| phase.times == scene.at_once as f64), "{phases:?}");
            assert!(phases.windows(2).all(|two| two[0].to <= two[1].from), "{scene:?} {phases:?}");
        }
    }

    #[test]
    fn what_users_hold_outlives_what_is_measured() {
        let plan = Plan { is_trial: false, wanted: &[] };
        for scene in scenes() {
            let of_block = scene.rounds() * scene.at_once * if scene.is_crowded() { 2 } else { 1 };
            let sessions = 1 + (1 + plan.blocks_of(scene)) * of_block;
            assert!(scene.step() * u32::try_from(sessions).unwrap() < LONGEST_TTL, "{scene:?}");
        }
    }
}
