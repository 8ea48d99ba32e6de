//! The steps of a world.

use session_limit_core::ledger::lease::{
    Claim, Connected, Operation, Outcome, Session, Slot, transition,
};
use session_limit_core::ledger::{ReservationClass, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::time::Timestamp;

use super::world::{Breach, Connection, Stage, World};
use super::{Sight, TICK, TableModel};

/// Something that happens. The number is the connection that it happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It asks for a slot.
    Login(usize, u32),
    /// It gives its slot back.
    RollBack(usize),
    /// It was admitted and never becomes a session.
    Vanish(usize),
    /// It becomes a session.
    Connect(usize),
    /// Its session shows a sign of life.
    Live(usize),
    /// Its session ends.
    End(usize),
    /// Its start is handled, by somebody who knows of its end or who does not.
    HandleConnected(usize, bool),
    /// Its end is handled.
    HandleEnded(usize),
    /// Its latest sign of life is handled.
    HandleActivity(usize),
    /// A minute goes by.
    Tick,
}

impl World {
    /// What may happen.
    pub(super) fn acts(&self, model: &TableModel, acts: &mut Vec<Act>) {
        if self.breach.is_some() {
            return; // the property says so
        }
        let bounds = &model.bounds;
        for (number, connection) in self.connections.iter().enumerate() {
            match connection.stage {
                Stage::Idle if self.is_next(number) => {
                    acts.extend(bounds.limits.iter().map(|limit| Act::Login(number, *limit)));
                }
                Stage::Connecting => {
                    acts.extend([Act::RollBack(number), Act::Vanish(number), Act::Connect(number)]);
                }
                Stage::Live => {
                    acts.push(Act::End(number));
                    if bounds.activity && connection.activity != Some(self.now) {
                        acts.push(Act::Live(number));
                    }
                }
                Stage::Idle | Stage::Over => {}
            }
            if connection.connected.at.is_some() {
                // Whoever handles the start after the end was handled knows of the end.
                acts.extend(
                    (!connection.end_is_handled()).then_some(Act::HandleConnected(number, false)),
                );
                acts.extend(connection.ended.at.map(|_| Act::HandleConnected(number, true)));
            }
            acts.extend(connection.ended.at.map(|_| Act::HandleEnded(number)));
            acts.extend(connection.activity.map(|_| Act::HandleActivity(number)));
        }
        acts.extend(self.may_tick(model).then_some(Act::Tick));
    }

    /// Connections that are alike log in one after the other: any other order is the same world
    /// by other names.
    fn is_next(&self, number: usize) -> bool {
        let phase = self.connections[number].phase;
        let mut before = self.connections[..number].iter();
        before.all(|other| other.phase != phase || other.stage != Stage::Idle)
    }

    /// Whether the assumptions let time go by: a login becomes a session within a tick, and no
    /// session is silent for longer than 3/4 of its lease.
    fn may_tick(&self, model: &TableModel) -> bool {
        let next = self.now.after(TICK);
        let silence = model.rules.times.session_ttl() * 3 / 4;
        self.connections.iter().all(|connection| match connection.stage {
            Stage::Connecting => next <= connection.asked.after(TICK),
            Stage::Live if model.bounds.activity => {
                connection.heard.is_none_or(|heard| next <= heard.after(silence))
            }
            _ => true,
        })
    }

    /// Makes `act` happen. `false` if that changes nothing.
    pub(super) fn perform(&mut self, act: Act, model: &TableModel) -> bool {
        let changes = self.make_happen(act, model);
        // A slot that is covered again, or needed no longer, is missing no more.
        self.debt = self.debt.min(self.missing_soon());
        changes
    }

    fn make_happen(&mut self, act: Act, model: &TableModel) -> bool {
        let now = self.now;
        match act {
            Act::Login(number, limit) => return self.login(number, limit, model),
            Act::RollBack(number) => {
                let token = self.connections[number].token.clone();
                self.connections[number].stage = Stage::Over;
                self.apply(number, &Operation::Release(token), model);
            }
            Act::Vanish(number) => self.connections[number].stage = Stage::Over,
            Act::Connect(number) => {
                self.connections[number].stage = Stage::Live;
                self.connections[number].connected.at = Some(now);
            }
            Act::Live(number) => self.connections[number].activity = Some(now),
            Act::End(number) => {
                self.connections[number].stage = Stage::Over;
                self.connections[number].ended.at = Some(now);
            }
            Act::HandleConnected(number, knows_of_end) => {
                self.handle_connected(number, knows_of_end, model);
            }
            Act::HandleEnded(number) => {
                let connection = &mut self.connections[number];
                connection.ended.is_handled = true;
                let at = connection.ended.at.expect("it has ended");
                let session = connection.session.clone();
                self.apply(number, &Operation::Ended { session, at }, model);
            }
            Act::HandleActivity(number) => self.handle_activity(number, model),
            Act::Tick => self.tick(model),
        }
        true
    }

    fn login(&mut self, number: usize, limit: u32, model: &TableModel) -> bool {
        let connection = &self.connections[number];
        let reserve = Some(Slot {
            token: connection.token.clone(),
            phase: connection.phase,
            by: ReservationClass::User,
        });
        let limit = SessionLimit::new(limit);
        let counted = self.table_counted();
        let outcome =
            self.apply(number, &Operation::Admit(Claim { reserve, source: None, limit }), model);
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
        self.connections[number].stage = Stage::Connecting;
        self.connections[number].asked = self.now;
        if self.held() > limit + self.excused() {
            self.breach = Some(Breach::Cap);
        }
        true
    }

    /// All leases that have not expired.
    fn table_counted(&self) -> usize {
        let sessions = self.table.sessions().iter().filter(|lease| lease.expires > self.now);
        let reserved = self.table.reservations().iter().filter(|lease| lease.expires > self.now);
        sessions.count() + reserved.count()
    }

    fn handle_connected(&mut self, number: usize, knows_of_end: bool, model: &TableModel) {
        let connection = &mut self.connections[number];
        connection.connected.is_handled = true;
        let at = connection.connected.at.expect("it has connected");
        let (session, class) = (connection.session.clone(), Some(connection.class()));
        let start = Connected { session, at, class, otherwise: None, source: None };
        let operation = match connection.ended.at.filter(|_| knows_of_end) {
            Some(ended) => Operation::ConnectedAndEnded { start, ended },
            None => Operation::Connected(start),
        };
        self.connections[number].hear(at);
        self.apply(number, &operation, model);
        let shows = self.has_lease(&self.connections[number]);
        let connection = &mut self.connections[number];
        connection.late &= !shows && connection.consumed == 0;
    }

    fn handle_activity(&mut self, number: usize, model: &TableModel) {
        let Some(at) = self.connections[number].activity.take() else { return };
        if self.connections[number].end_is_handled() {
            return; // the session's record says so
        }
        self.connections[number].hear(at);
        let session = self.connections[number].session.clone();
        let outcome = self.apply(number, &Operation::Activity { session, at }, model);
        if outcome.write {
            model.saw(Sight::Renewal);
        }
    }

    fn tick(&mut self, model: &TableModel) {
        self.now = self.now.after(TICK);
        let life = model.rules.times.reservation_ttl();
        for connection in &mut self.connections {
            let is_awaited = connection.connected.at.is_some() || connection.stage == Stage::Live;
            if is_awaited
                && !connection.connected.is_handled
                && connection.asked.after(life) <= self.now
            {
                connection.late = true;
            }
        }
    }

    /// Applies the operation to the table, and looks at what it did to others.
    fn apply(&mut self, number: usize, operation: &Operation, model: &TableModel) -> Outcome {
        let (after, outcome) = transition(&self.table, operation, self.now, &model.rules);
        if !outcome.write {
            return outcome;
        }
        let before = std::mem::replace(&mut self.table, after);
        let connection = &self.connections[number];
        let gone = |lease: &Session| {
            lease.id != connection.session
                && lease.expires > self.now
                && !self.table.sessions().iter().any(|other| other.id == lease.id)
        };
        if before.sessions().iter().any(|lease| gone(&lease)) {
            self.breach = Some(Breach::Isolation);
        }
        let is_event = !matches!(operation, Operation::Admit(_) | Operation::Release(_));
        let consumed = before.reservations().iter().find(|lease| {
            let is_left = self.table.reservations().iter().any(|l| l.token == lease.token);
            is_event && lease.expires > self.now && !is_left
        });
        let had_stone = before.tombstones().iter().any(|stone| stone.id == connection.session);
        if let Some(consumed) = consumed {
            if had_stone {
                model.saw(Sight::TombstoneHit);
            } else if consumed.token != connection.token {
                model.saw(Sight::StrangerConsumed);
            }
            // A late start's own reservation has expired: this one is somebody else's.
            self.debt += usize::from(connection.late);
            self.connections[number].consumed += 1;
        }
        outcome
    }
}

impl Connection {
    fn hear(&mut self, at: Timestamp) {
        self.heard = self.heard.max(Some(at));
    }
}
