//! Clients who act at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use session_limit_bench::kind::Kind;
use session_limit_bench::ledgers::{DAY, OfPhases, Phase};
use session_limit_bench::logins::{NOW, Session};
use session_limit_core::ledger::{LeaseTimes, Ledger};
use session_limit_core::store::{CounterStore, LONGEST_TTL, TableStore};
use session_limit_core::time::Timestamp;
use session_limit_testkit::naive::NaiveLedger;
use tokio::task::JoinSet;

use crate::measurement::in_turn;
use crate::round_trip::{Observed, Seen, Trips};

/// A store that is measured, with connections that do without the adapter.
pub(crate) trait Lender: TableStore + CounterStore + 'static {
    type Bare: Client;

    /// The longest value whose failed swap brings along what there is, in the same round trip.
    const LONGEST_PAIRED: usize;

    /// A client that makes `trips` and does nothing else, on the connection that the store would use
    /// next. It is taken back when it has. No two clients that are there at once have one number.
    async fn lend(&self, number: usize, trips: Arc<Trips>) -> Result<Self::Bare>;

    fn take_back(&self, client: Self::Bare) -> Result<()>;
}

/// Somebody who goes through the phases of sessions, in one way or another.
pub(crate) trait Client: Send + 'static {
    /// Turns to the next session.
    fn turn(&mut self) -> Result<()> {
        Ok(())
    }

    /// Goes through `phase` of the session.
    fn act(&mut self, phase: Phase) -> impl Future<Output = Result<()>> + Send;
}

/// Lets all clients act, and adds up their times, in which each also waits for others. It ends when all
/// have acted, so that nothing else goes on in what comes next.
async fn act_at_once<C: Client>(clients: &mut Vec<C>, phase: Phase) -> Result<Duration> {
    let mut tasks = JoinSet::new();
    for mut client in clients.drain(..) {
        tasks.spawn(async move {
            let start = Instant::now();
            client.act(phase).await?;
            anyhow::Ok((client, start.elapsed()))
        });
    }
    let mut sum = Duration::ZERO;
    while let Some(acted) = tasks.join_next().await {
        let (client, time) = acted??;
        clients.push(client);
        sum += time;
    }
    Ok(sum)
}

/// Users who have sessions on one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    pub(crate) kind: Kind,
    pub(crate) at_once: usize,
    pub(crate) users: u64,
    /// The sessions that each user holds all the time.
    pub(crate) leases: u64,
}

/// Means of a session in one phase of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) micros: f64,
    pub(crate) trips: f64,
    /// The time of all clients together, divided by their sessions.
    pub(crate) seconds: f64,
}

/// The figures of each block: with the ledger, bare, and of the naive counter, which has admissions only.
pub(crate) type Blocks = [Vec<OfPhases<Figures>>; 3];

impl Crowd {
    /// Tells if one user's changes have to wait for each other, which no bare round trip does.
    pub(crate) fn races(self) -> bool {
        self.users == 1 && self.at_once > 1
    }

    /// Measures so many blocks. Tells the round trips of a session when nobody else asks, too.
    pub(crate) async fn measure<S: Lender>(
        self,
        store: Arc<S>,
        blocks: usize,
    ) -> Result<(Blocks, Arc<Trips>)> {
        let (seen, longest_paired, mut trips) =
            (Seen::default(), S::LONGEST_PAIRED, Trips::default());
        let observed = Observed { store: Arc::clone(&store), seen: seen.clone(), longest_paired };
        let ledger = Arc::new(self.kind.open(observed)?);
        self.fill(&*store, &*ledger).await?;
        let mut clients = self.clients(&ledger, &Phase::ALL)?;
        let naive = Arc::new(NaiveLedger::new(Arc::clone(&store), DAY));
        let mut naive = self.clients(&naive, &[Phase::Admission])?;
        seen.take();
        for (phase, trips) in Phase::ALL.into_iter().zip(&mut trips) {
            clients[0].act(phase).await?;
            *trips = seen.take();
        }
        let trips = Arc::new(trips);
        let blocks = in_turn(blocks, async |nth| {
            match nth {
                0 => return self.block(&mut clients, &seen).await,
                1 => {}
                _ => return self.block(&mut naive, &seen).await,
            }
            let mut bare = Vec::new();
            for number in 0..self.at_once {
                bare.push(store.lend(number, Arc::clone(&trips)).await?);
            }
            let figures = self.block(&mut bare, &seen).await?;
            bare.into_iter().try_for_each(|client| store.take_back(client))?;
            Ok(figures)
        });
        Ok((blocks.await?, trips))
    }

    /// Gives the first user leases, and the others the same: the item of one does not tell whose it is.
    async fn fill(self, store: &impl Lender, ledger: &impl Ledger) -> Result<()> {
        for number in 0..self.leases {
            let session = Session::new(0, number)?;
            Phase::Admission.act(ledger, &session, 0, NOW).await?;
            Phase::Start.act(ledger, &session, 0, NOW).await?;
        }
        let item = |user| Session::new(user, 0).map(|session| session.item(self.kind));
        let first = store.load(&[item(0)?], NOW).await?.pop().flatten();
        let value = first.context("the first user has nothing")?.value;
        for user in 1..self.users {
            store.add(&item(user)?, &value, LONGEST_TTL, NOW).await?;
        }
        Ok(())
    }

    /// Clients of a ledger that go through these phases.
    fn clients<L>(self, ledger: &Arc<L>, phases: &'static [Phase]) -> Result<Vec<WithLedger<L>>> {
        let client = |nth| {
            let (ledger, session) = (Arc::clone(ledger), self.session(nth)?);
            Ok(WithLedger { crowd: self, ledger, phases, nth, session })
        };
        (0..self.at_once as u32).map(client).collect()
    }

    /// One of the sessions, which are of the users in turn, and when it is.
    fn session(self, nth: u32) -> Result<(Session, Timestamp)> {
        let number = self.leases + u64::from(nth);
        Ok((Session::new(number % self.users, number)?, NOW.after(self.step() * nth)))
    }

    /// Takes each client through some sessions.
    async fn block<C>(self, clients: &mut Vec<C>, seen: &Seen) -> Result<OfPhases<Figures>>
    where
        C: Client,
    {
        let mut figures = OfPhases::<Figures>::default();
        let sessions = (self.rounds() * self.at_once) as f64;
        for _ in 0..self.rounds() {
            clients.iter_mut().try_for_each(C::turn)?;
            for (phase, figures) in Phase::ALL.into_iter().zip(&mut figures) {
                let start = Instant::now();
                let times = act_at_once(clients, phase).await?;
                figures.seconds += start.elapsed().as_secs_f64() / sessions;
                figures.micros += times.as_secs_f64() * 1e6 / sessions;
                figures.trips += seen.take().len() as f64 / sessions;
            }
        }
        Ok(figures)
    }

    /// The sessions of each client in a block: at least 128 of all clients together.
    fn rounds(self) -> usize {
        (128 / self.at_once).max(4)
    }

    /// The time from one session to the next. What is left of a session is gone after the
    /// reservation's time, in which each client gets through a few sessions; alone, it finds nothing
    /// left of the one before.
    fn step(self) -> Duration {
        let step = LeaseTimes::DEFAULT_RESERVATION_TTL + 3 * LeaseTimes::DEFAULT_SKEW;
        if self.at_once == 1 { step } else { step / (8 * self.at_once as u32) }
    }
}

/// A client of a ledger, who goes through these phases only.
struct WithLedger<L> {
    crowd: Crowd,
    ledger: Arc<L>,
    phases: &'static [Phase],
    nth: u32,
    session: (Session, Timestamp),
}

impl<L: Ledger + 'static> Client for WithLedger<L> {
    fn turn(&mut self) -> Result<()> {
        self.nth += self.crowd.at_once as u32;
        self.session = self.crowd.session(self.nth)?;
        Ok(())
    }

    async fn act(&mut self, phase: Phase) -> Result<()> {
        let ((session, now), leases) = (&self.session, self.crowd.leases);
        let acts = self.phases.contains(&phase);
        if acts { phase.act(&*self.ledger, session, leases, *now).await } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::block_on;
    use crate::memcached::Memcached;

    #[test]
    fn each_block_has_figures_of_each_phase_and_ends_before_leases_do() {
        let (counter, lease) = (Kind::Counter, Kind::Lease);
        for (kind, at_once, users) in [(counter, 64, 20), (lease, 1, 1), (lease, 8, 1)] {
            let crowd = Crowd { kind, at_once, users, leases: 3 };
            let memcached = Memcached::start(false);
            let measured = block_on(crowd.measure(memcached.store().unwrap(), 2)).unwrap();
            let ([ledger, bare, naive], trips) = measured;
            assert_eq!([ledger.len(), bare.len(), naive.len()], [2; 3]);
            for (ledger, bare) in ledger.iter().zip(&bare) {
                for (nth, trips) in trips.iter().enumerate() {
                    assert!(ledger[nth].micros > 0.0 && bare[nth].micros > 0.0, "{crowd:?}");
                    let (alone, trips) = (trips.len() as f64, ledger[nth].trips);
                    assert!(trips == alone || (crowd.races() && trips > alone), "{crowd:?}");
                }
            }
            let sessions = 61 * crowd.rounds() * at_once;
            assert!(crowd.step() * u32::try_from(sessions).unwrap() < LONGEST_TTL, "{crowd:?}");
        }
    }
}
