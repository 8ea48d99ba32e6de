//! Logins, refusals and the starts and ends of sessions on a real memcached, so many at once, next
//! to the same round trips on the same connections.

mod world;

use std::sync::Arc;

use anyhow::{Result, ensure};
use session_limit_bench::logins::{AMPLE, Session};
use session_limit_core::ledger::{Effect, Ledger, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::time::Timestamp;
use session_limit_memcached::MemcachedStore;

use crate::profile::{OURS, PEER, Turn, now};
use crate::round_trips::{Noting, RoundTrip};
use crate::servers::{Kind, Memcached};
use crate::wire::Wire;
use world::{Phases, World};

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
            let trips = mean(self.world.block_of_round_trips().await?);
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

    /// What a block of each takes, whose turns are noted: now the one first, now the other, so that
    /// neither always follows its peer.
    pub(crate) async fn both(&mut self) -> Result<([f64; PHASES], [f64; PHASES])> {
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
        let sessions = self.world.block(each).await?;
        Ok(self.note(Turn::since(from, OURS, self.done()), &sessions))
    }

    async fn bare(&mut self) -> Result<[f64; PHASES]> {
        let wires = self.world.wires().await?;
        let (from, each) = (now(), self.world.scene.each());
        let sessions = self.world.bare_block(wires, &self.trips, each).await?;
        Ok(self.note(Turn::since(from, PEER, self.done()), &sessions))
    }

    /// What is done in a block: sessions, or their round trips where those are the same for both.
    fn done(&self) -> f64 {
        let scene = self.world.scene;
        let trips = self.trips.iter().map(Vec::len).sum::<usize>();
        let sessions = scene.at_once * scene.each();
        (if scene.is_crowded() { sessions } else { sessions * trips }) as f64
    }

    /// Notes whose turn it was, and answers what a session takes in each phase. Of one at a time each
    /// admission is a turn; where there are several at once, only the whole block is.
    fn note(&mut self, block: Turn, sessions: &[Phases]) -> [f64; PHASES] {
        if self.world.scene.at_once == 1 {
            let admission = |phases: &Phases| {
                let phases = Phase::ALL.into_iter().zip(phases);
                phases.filter(|(phase, _)| *phase == Phase::Admission).map(|(_, turn)| *turn).next()
            };
            self.turns.extend(sessions.iter().filter_map(admission));
        } else {
            self.turns.push(block);
        }
        let micros = |turn: Turn| turn.duration().as_secs_f64() * 1e6;
        mean(sessions.iter().map(|phases| phases.map(micros)))
    }
}

fn mean(of_sessions: impl IntoIterator<Item = [f64; PHASES]>) -> [f64; PHASES] {
    let (mut sums, mut sessions) = ([0.0; PHASES], 0.0);
    for of_session in of_sessions {
        sessions += 1.0;
        sums.iter_mut().zip(of_session).for_each(|(sum, more)| *sum += more);
    }
    sums.map(|sum| sum / sessions)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ours_and_the_bare_one_do_the_same_in_turn() {
        let (kind, over_tls, leases) = (Kind::Counter, false, 1);
        let at = |at_once, users| Scene { kind, over_tls, at_once, users, leases };
        for (scene, turns, done) in
            [(at(1, 1), 128, 1), (at(8, 1), 1, 128), (at(8, 20), 1, 128 * 9)]
        {
            let mut stage = Stage::set(scene, Memcached::start(over_tls)).await.unwrap();
            stage.measure().await.unwrap();
            stage.measure().await.unwrap();
            let noted = stage.turns();
            let sides = [PEER, OURS, OURS, PEER].into_iter().flat_map(|side| vec![side; turns]);
            assert!(noted.iter().map(|turn| turn.side).eq(sides), "each is first as often");
            assert!(noted.iter().all(|turn| turn.times == f64::from(done)), "{scene:?} {noted:?}");
            assert!(noted.windows(2).all(|two| two[0].to <= two[1].from), "{noted:?}");
        }
    }
}
