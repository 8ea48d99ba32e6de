//! The simulated world: its state and its events, in the order in which they happen.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;
use session_limit_core::ledger::Report as LedgerReport;
use session_limit_core::ledger::lease::Table;
use session_limit_core::time::Timestamp;

use super::executor::{Executor, Progress, Task};
use super::ledger::{Look, SimLedger};
use super::log::{Log, Message};
use super::population::{Server, User, servers, user};
use super::report::Report;
use super::store::{Change, SimStore};
use super::time::{DAY, HOUR, START, millis};
use super::truth::{Attempt, Call, Held};
use super::units::Units;
use super::{Config, Fault, Faults, LedgerKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// One or many clients of a user log in.
    Arrive(usize),
    /// A stranger tries a user's name.
    Probe(usize),
    /// An attempt makes its next call.
    Ask(usize),
    Connect(usize),
    Activity(usize),
    End(usize),
    Deliver {
        message: usize,
        attempt: u32,
    },
    Resume(usize),
    ChangeLimit(usize),
    LoseStore,
    Audit,
    /// Faults and logins stop.
    Calm,
}

pub(super) struct World {
    pub(super) config: Config,
    pub(super) now: u64,
    pub(super) servers: Vec<Server>,
    pub(super) users: Vec<User>,
    pub(super) held: Vec<Held>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) calls: Vec<Call>,
    pub(super) look: Look,
    pub(super) units: Units,
    pub(super) report: Report,
    pub(super) calm: bool,
    pub(super) messages: Vec<Message>,
    pub(super) faults: Faults,
    pub(super) log: Log,
    /// The random numbers of the world, which nothing else draws. So the same users come at the
    /// same times, whatever the ledger.
    pub(super) rng: Rng,
    /// The random numbers for what befalls handlers.
    pub(super) handlers: Rng,
    /// The error of each host's clock: those of handlers, and last the log's.
    clocks: Vec<u64>,
    pub(super) store: SimStore,
    pub(super) executor: Executor,
    /// Events by time. Events of the same time happen in the order of their kind, whatever queued
    /// them.
    queue: BinaryHeap<Reverse<(u64, Event, u64)>>,
    queued: u64,
}

/// Runs one world to its end. The same settings and seed give the same report.
///
/// # Panics
/// A ledger or the simulator contradicts itself. The command that shows it is printed.
#[must_use]
pub fn simulate(config: &Config, seed: u64) -> Report {
    let _replay = Replay { config, seed };
    let mut world = World::new(*config, seed);
    let end = START + u64::from(config.days) * DAY;
    let end = if config.drains { end + DAY + 2 * HOUR } else { end };
    while let Some(Reverse((time, event, _))) = world.queue.pop() {
        if time > end {
            break;
        }
        world.now = time;
        world.store.set_now(time);
        world.happen(event);
    }
    world.report.runs = 1;
    world.report
}

/// Prints the command that runs this world again, if it panics.
struct Replay<'a> {
    config: &'a Config,
    seed: u64,
}

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay: {}", self.config.replay(self.seed));
        }
    }
}

impl World {
    fn new(config: Config, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let (servers, methods) = servers();
        let store = SimStore::default();
        let users: Vec<_> =
            (0..config.users as usize).map(|n| user(n, &servers, &mut rng)).collect();
        let ledger = SimLedger::new(&config, store.clone(), methods.clone());
        let look = Look::new(&config, store.memory.clone(), methods);
        let counter = |user: &User| look.counter(&servers[user.server].id, &user.name);
        let units = Units::new(users.iter().map(counter).collect());
        let mut world = Self {
            config,
            now: START,
            held: users.iter().map(|_| Held::default()).collect(),
            servers,
            users,
            attempts: Vec::new(),
            calls: Vec::new(),
            look,
            units,
            report: Report::default(),
            calm: false,
            messages: Vec::new(),
            faults: config.faults,
            log: Log::new(config.faults, rng.fork()),
            handlers: rng.fork(),
            clocks: clocks(&config, &mut rng),
            executor: Executor::new(store.clone(), ledger),
            store,
            rng,
            queue: BinaryHeap::new(),
            queued: 0,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for number in 0..self.users.len() {
            let pause = self.rng.u64(0..self.users[number].mean_pause as u64);
            self.after(pause, Event::Arrive(number));
            if self.faults.has(Fault::Strangers) {
                self.after_about(DAY / 2, Event::Probe(number));
            }
            if self.faults.has(Fault::Limits) {
                self.after_about(2 * DAY, Event::ChangeLimit(number));
            }
        }
        if self.faults.has(Fault::StoreLoss) {
            self.after_about(DAY, Event::LoseStore);
        }
        self.after(HOUR, Event::Audit);
        if self.config.drains {
            self.after(u64::from(self.config.days) * DAY, Event::Calm);
        }
    }

    pub(super) fn after(&mut self, pause: u64, event: Event) {
        self.queued += 1;
        self.queue.push(Reverse((self.now + pause, event, self.queued)));
    }

    pub(super) fn after_about(&mut self, pause: u64, event: Event) {
        let pause = self.rng.u64(pause / 2..=pause * 3 / 2);
        self.after(pause, event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(user) => self.arrive(user),
            Event::Probe(user) => self.probe(user),
            Event::Ask(attempt) => self.ask(attempt),
            Event::Connect(call) => self.connect(call),
            Event::Activity(call) => self.activity(call),
            Event::End(call) => self.end(call),
            Event::Deliver { message, attempt } => self.deliver(message, attempt),
            Event::Resume(handler) => self.resume(handler),
            Event::ChangeLimit(user) => self.change_limit(user),
            Event::LoseStore => self.lose_store(),
            Event::Audit => {
                self.audit();
                self.after(HOUR, event);
            }
            Event::Calm => self.calm_down(),
        }
    }

    pub(super) fn resume(&mut self, handler: usize) {
        let progress = self.executor.resume(handler);
        self.numbers_changed();
        match progress {
            Progress::Waits { stalled } => {
                let latency = stalled.unwrap_or_else(|| self.handlers.u64(1..4));
                self.after(latency, Event::Resume(handler));
            }
            Progress::Finished { task: Task::Call(call), done, operations } => {
                self.report.store_operations.0 += u64::from(operations);
                self.answered(call, done);
                self.check_leases(self.calls[call].user);
            }
            Progress::Finished { task: Task::Delivery { message, attempt }, done, operations } => {
                self.report.store_operations.1 += u64::from(operations);
                self.handled(message, attempt, done);
                self.check_leases(self.calls[self.messages[message].call].user);
            }
        }
    }

    /// Keeps track of the changes of numbers in the store.
    fn numbers_changed(&mut self) {
        for changed in self.store.take_changed() {
            let (call, change) = (changed.call, changed.change);
            self.units.changed(changed, &mut self.calls);
            let limit = u64::from(self.calls[call].limit);
            if matches!(change, Change::Incremented(value) if value > limit) {
                self.calls[call].refusal = Some(self.judge_refusal(call));
            }
        }
    }

    pub(super) fn is_counter(&self) -> bool {
        self.config.ledger != LedgerKind::Lease
    }

    pub(super) fn is_naive(&self) -> bool {
        self.config.ledger == LedgerKind::Naive
    }

    pub(super) fn reported(&mut self, user: usize, report: LedgerReport) {
        if report.attempts > 1 {
            self.sometimes("swap lost");
        }
        if report.overdraft > 0 {
            self.sometimes("overdraft reported");
            self.overdraft_reported(user);
        }
    }

    /// The time by the clock of the host that happens to run a handler.
    pub(super) fn host_clock(&mut self) -> Timestamp {
        let host = self.handlers.usize(0..self.clocks.len() - 1);
        self.clock(self.clocks[host])
    }

    /// The time by the clock of the log.
    pub(super) fn log_clock(&self) -> Timestamp {
        self.clock(self.clocks[self.clocks.len() - 1])
    }

    fn clock(&self, offset: u64) -> Timestamp {
        Timestamp::from_millis(self.now + offset - millis(self.config.times.skew()) / 2)
    }

    pub(super) fn sometimes(&mut self, name: &'static str) {
        *self.report.sometimes.entry(name).or_default() += 1;
    }

    pub(super) fn table_of(&self, user: usize) -> Option<Table> {
        self.table_at(user, Timestamp::from_millis(self.now))
    }

    /// The table as a host reads it whose clock is behind.
    pub(super) fn table_of_slow_host(&self, user: usize) -> Option<Table> {
        self.table_at(user, self.slow_clock())
    }

    /// The time that the slowest clock shows.
    pub(super) fn slow_clock(&self) -> Timestamp {
        self.clock(0)
    }

    pub(super) fn table_at(&self, user: usize, now: Timestamp) -> Option<Table> {
        let user = &self.users[user];
        self.look.table(&self.servers[user.server].id, &user.name, now)
    }
}

/// The errors of the clocks of all hosts, counted from the one that is behind most. Two of them are
/// as far apart as is assumed.
fn clocks(config: &Config, rng: &mut Rng) -> Vec<u64> {
    const HOSTS: usize = 8;
    let skew = millis(config.times.skew());
    let mut clocks: Vec<_> = [0, skew].into_iter().collect();
    clocks.extend(std::iter::repeat_with(|| rng.u64(0..=skew)).take(HOSTS - 2));
    rng.shuffle(&mut clocks);
    if config.faults.has(Fault::Skew) { clocks } else { vec![skew / 2; HOSTS] }
}
