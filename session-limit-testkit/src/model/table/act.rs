//! The steps of a world.

use session_limit_core::ledger::lease::state_machine::{Claim, Connected, Operation, Slot};
use session_limit_core::ledger::{Matched, ReservationClass, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::time::Timestamp;

use super::state::{Breach, Connection, Stage, State};
use super::{Sight, TICK, TableModel};

/// A step of the world. A number without a name is the connection that it happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A connection asks for a slot.
    Login {
        /// The connection.
        number: usize,
        /// The limit that applies.
        limit: u32,
        /// Number of ticks by which the clock of its host is ahead.
        ahead: u32,
    },
    /// A connection is admitted without a slot.
    Admit(usize),
    /// A connection gives its slot back.
    RollBack(usize),
    /// A connection that was admitted never becomes a session.
    Vanish(usize),
    /// A connection becomes a session.
    Connect {
        /// The connection.
        number: usize,
        /// Number of ticks by which the clock of the log is ahead.
        ahead: u32,
    },
    /// A session shows a sign of life.
    Live(usize),
    /// A session ends.
    End(usize),
    /// The start of a session is handled.
    HandleConnected {
        /// The connection.
        number: usize,
        /// True if the handler knows of the session's end.
        knows_of_end: bool,
        /// Number of ticks by which the clock of the handler is ahead.
        ahead: u32,
    },
    /// The end of a session is handled.
    HandleEnded(usize),
    /// The latest sign of life of a session is handled.
    HandleActivity(usize),
    /// The oldest pairs are dropped.
    DropPairs,
    /// A minute goes by.
    Tick,
}

impl State {
    /// Adds every step that may come next.
    pub(super) fn acts(&self, model: &TableModel, acts: &mut Vec<Act>) {
        if self.breach.is_some() {
            return; // the property says so
        }
        let bounds = &model.bounds;
        let clocks = 0..=bounds.clock_ticks;
        for (number, connection) in self.connections.iter().enumerate() {
            let may_end = number < bounds.endings;
            match connection.stage {
                Stage::Idle if self.is_next(number) => {
                    for limit in bounds.limits.iter().copied() {
                        acts.extend(clocks.clone().map(|ahead| Act::Login {
                            number,
                            limit,
                            ahead,
                        }));
                    }
                    acts.extend(bounds.unreserved.then_some(Act::Admit(number)));
                }
                Stage::Connecting => {
                    acts.extend(may_end.then_some(Act::RollBack(number)));
                    acts.push(Act::Vanish(number));
                    acts.extend(clocks.clone().map(|ahead| Act::Connect { number, ahead }));
                }
                Stage::Live => {
                    acts.extend(may_end.then_some(Act::End(number)));
                    if bounds.activity && connection.activity != Some(self.now) {
                        acts.push(Act::Live(number));
                    }
                }
                Stage::Idle | Stage::Over => {}
            }
            self.deliveries(number, connection, acts);
        }
        let drops = bounds.narrow && self.table.pairs().next().is_some();
        acts.extend(drops.then_some(Act::DropPairs));
        acts.extend(self.may_tick(model).then_some(Act::Tick));
    }

    fn deliveries(&self, number: usize, connection: &Connection, acts: &mut Vec<Act>) {
        let is_new = !connection.connected.is_handled || number < self.bounds.endings;
        if connection.connected.at.is_some() && is_new {
            for ahead in 0..=self.bounds.clock_ticks {
                let handle = |knows_of_end| Act::HandleConnected { number, knows_of_end, ahead };
                // Whoever handles the start after the end was handled knows of the end.
                acts.extend((!connection.end_is_handled()).then_some(handle(false)));
                acts.extend(connection.ended.at.map(|_| handle(true)));
            }
        }
        acts.extend(connection.ended.at.map(|_| Act::HandleEnded(number)));
        acts.extend(connection.activity.map(|_| Act::HandleActivity(number)));
    }

    /// True if it is this connection's turn to log in. Connections that are alike log in one after
    /// the other, because any other order is the same world by other names.
    fn is_next(&self, number: usize) -> bool {
        let class = self.connections[number].class;
        let mut before = self.connections[..number].iter();
        before.all(|other| other.class != class || other.stage != Stage::Idle)
    }

    /// True if the assumptions let time go by. A login becomes a session in time, and no session is
    /// silent for longer than 3/4 of the life of its lease.
    fn may_tick(&self, model: &TableModel) -> bool {
        let next = self.now.after(TICK);
        let silence = model.rules.times.session_ttl() * 3 / 4;
        let bounds = &model.bounds;
        let ticks = if bounds.slow { bounds.reservation_ticks } else { bounds.login_ticks };
        self.connections.iter().all(|connection| match connection.stage {
            Stage::Connecting => next <= connection.asked.after(TICK * ticks),
            Stage::Live if bounds.activity => {
                connection.heard.is_none_or(|heard| next <= heard.after(silence))
            }
            _ => true,
        })
    }

    /// Makes `act` happen. Returns `false` if that changes nothing.
    pub(super) fn perform(&mut self, act: Act, model: &TableModel) -> bool {
        let changes = self.make_happen(act, model);
        self.settle_debts();
        changes
    }

    fn make_happen(&mut self, act: Act, model: &TableModel) -> bool {
        let now = self.now;
        match act {
            Act::Login { number, limit, ahead } => return self.login(number, limit, ahead, model),
            Act::Admit(number) => {
                let connection = &mut self.connections[number];
                (connection.stage, connection.asked) = (Stage::Connecting, now);
                connection.is_bare = true;
            }
            Act::RollBack(number) => {
                let token = self.connections[number].token.clone();
                self.connections[number].stage = Stage::Over;
                self.apply(number, &Operation::Release(token), now, model);
            }
            Act::Vanish(number) => self.connections[number].stage = Stage::Over,
            Act::Connect { number, ahead } => {
                self.connections[number].stage = Stage::Live;
                self.connections[number].connected.at = Some(now.after(TICK * ahead));
            }
            Act::Live(number) => self.connections[number].activity = Some(now),
            Act::End(number) => {
                self.connections[number].stage = Stage::Over;
                self.connections[number].ended.at = Some(now);
            }
            Act::HandleConnected { number, knows_of_end, ahead } => {
                self.handle_connected(number, knows_of_end, now.after(TICK * ahead), model);
            }
            Act::HandleEnded(number) => {
                let connection = &mut self.connections[number];
                connection.ended.is_handled = true;
                let at = connection.ended.at.expect("it has ended");
                let session = connection.session.clone();
                self.apply(number, &Operation::Ended { session, at }, now, model);
            }
            Act::HandleActivity(number) => self.handle_activity(number, model),
            Act::DropPairs => {
                let len = self.table.encode(self.now, usize::MAX).len();
                let _ = self.table.encode(self.now, len - 1);
                self.is_spoiled = true;
            }
            Act::Tick => self.tick(),
        }
        true
    }

    fn login(&mut self, number: usize, limit: u32, ahead: u32, model: &TableModel) -> bool {
        let clock = self.now.after(TICK * ahead);
        let connection = &self.connections[number];
        let reserve = Some(Slot {
            token: connection.token.clone(),
            phase: connection.class.phase,
            by: ReservationClass::Address,
        });
        let source = connection.class.address;
        let limit = SessionLimit::new(limit);
        let counted = self.table_counted(clock);
        let claim = Operation::Admit(Claim { reserve, source, limit });
        let outcome = self.apply(number, &claim, clock, model);
        let limit = limit.get() as usize;
        if outcome.verdict == Verdict::Refused {
            model.saw(Sight::Refusal);
            if outcome.write {
                self.breach = Some(Breach::LoudRefusal);
            } else if counted < limit {
                self.breach = Some(Breach::Refusal);
            }
            return self.breach.is_some();
        }
        let connection = &mut self.connections[number];
        connection.stage = Stage::Connecting;
        (connection.asked, connection.reserved) = (self.now, Some(clock));
        if self.held() > limit.saturating_add(self.excused()) {
            self.breach = Some(Breach::Cap);
        }
        true
    }

    /// Number of leases that have not expired by `clock`.
    fn table_counted(&self, clock: Timestamp) -> usize {
        let sessions = self.table.sessions().iter().filter(|lease| lease.expires > clock);
        let reserved = self.table.reservations().iter().filter(|lease| lease.expires > clock);
        sessions.count() + reserved.count()
    }

    fn handle_connected(
        &mut self,
        number: usize,
        knows_of_end: bool,
        clock: Timestamp,
        model: &TableModel,
    ) {
        let connection = &mut self.connections[number];
        connection.connected.is_handled = true;
        let at = connection.connected.at.expect("it has connected");
        let (session, class) = (connection.session.clone(), Some(connection.class));
        let source = connection.class.address;
        let start = Connected { session, at, class, otherwise: None, may_only_look: false, source };
        let operation = match connection.ended.at.filter(|_| knows_of_end) {
            Some(ended) => Operation::ConnectedAndEnded { start, ended },
            None => Operation::Connected(start),
        };
        connection.hear(at);
        let (is_late, is_slow) = (connection.is_late(), connection.is_slow(&self.bounds));
        self.is_spoiled |= connection.reserved.is_none() || is_slow;
        let outcome = self.apply(number, &operation, clock, model);
        let has_taken = outcome.matched.is_some_and(Matched::has_reservation);
        self.is_spoiled |= is_late && !has_taken;
        if outcome.matched == Some(Matched::OtherAddress) {
            model.saw(Sight::OtherAddress);
        }
        let shows = self.has_lease(&self.connections[number]);
        let connection = &mut self.connections[number];
        connection.is_bare &= !shows && connection.consumed == 0;
    }

    fn handle_activity(&mut self, number: usize, model: &TableModel) {
        let Some(at) = self.connections[number].activity.take() else { return };
        if self.connections[number].end_is_handled() {
            return; // the session's record says so
        }
        self.connections[number].hear(at);
        let session = self.connections[number].session.clone();
        let operation = Operation::Activity { session, at };
        let outcome = self.apply(number, &operation, self.now, model);
        if outcome.write {
            model.saw(Sight::Renewal);
        }
    }

    fn tick(&mut self) {
        self.now = self.now.after(TICK);
        let (latest, life) = (self.latest(), TICK * self.bounds.reservation_ticks);
        for connection in &mut self.connections {
            let is_awaited = connection.is_held() || connection.connected.at.is_some();
            let is_over = connection.reserved.is_some_and(|at| at.after(life) <= latest);
            connection.is_bare |= is_awaited && !connection.connected.is_handled && is_over;
        }
    }
}

impl Connection {
    fn hear(&mut self, at: Timestamp) {
        self.heard = self.heard.max(Some(at));
    }
}
