//! The steps of a world.

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{LeaseLedger, Ledger, LedgerError, Verdict};
use session_limit_core::names::SessionId;

use super::ProtocolModel;
use super::script::{Next, Reply, Request, replay};
use super::state::{
    Breach, Handler, Item, Message, Sent, Stage, State, Work, server, session, table_key, user,
};

/// A step of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A handler is started.
    Start(Work),
    /// The next request of a handler is answered. The number is the handler's place in the list.
    Answer(usize),
    /// The next request of a handler gets no answer. It was carried out, will be, or is lost.
    Delay(usize),
    /// A handler crashes. Its last request may be carried out or not.
    Crash(usize),
    /// A write is carried out for whose answer nobody waits any more. The number is its place among
    /// the writes on the way.
    Arrive(usize),
    /// A login that was admitted never becomes a session.
    Vanish(usize),
    /// A login becomes a session.
    Connect(usize),
    /// A session shows a sign of life.
    Live(usize),
    /// A session ends.
    End(usize),
    /// The life of a reservation goes by.
    Leap,
    /// Other sessions end, so many that the oldest tombstones are dropped.
    Churn,
}

/// Number of sessions that make a table drop all older tombstones. It depends on the size of the
/// store's values.
const CHURN: usize = 64;

impl State {
    /// Adds every step that may come next.
    pub(super) fn acts(&self, model: &ProtocolModel, acts: &mut Vec<Act>) {
        if self.breach.is_some() {
            return; // the property says so
        }
        for (place, handler) in self.handlers.iter().enumerate() {
            acts.push(Act::Answer(place));
            if self.faults > 0 {
                acts.push(Act::Crash(place));
                if !matches!(handler.request, Request::Load(_)) {
                    acts.push(Act::Delay(place));
                }
            }
        }
        acts.extend((0..self.on_the_way.len()).map(Act::Arrive));
        for (number, connection) in self.connections.iter().enumerate() {
            match connection.stage {
                // Connections are alike: any other order is the same world by other names.
                Stage::Idle if self.is_next(number) => {
                    self.may_start(Work::Login(number), model, acts)
                }
                Stage::Connecting => acts.extend([Act::Connect(number), Act::Vanish(number)]),
                Stage::Live => {
                    acts.push(Act::End(number));
                    let is_lively = model.bounds.activity && connection.activity.is_none();
                    acts.extend(is_lively.then_some(Act::Live(number)));
                }
                Stage::Idle | Stage::Asking | Stage::Admitted | Stage::Over => {}
            }
            for (message, work) in [
                (connection.connected, Work::Connected(number)),
                (connection.activity, Work::Activity(number)),
                (connection.ended, Work::Ended(number)),
            ] {
                let Some(message) = message else { continue };
                let is_running = self.handlers.iter().any(|handler| handler.work == work);
                if !(message.is_handled || is_running) || self.duplicates > 0 {
                    self.may_start(work, model, acts);
                }
            }
        }
        let logs_in = |stage| matches!(stage, Stage::Asking | Stage::Admitted | Stage::Connecting);
        if self.leaps > 0 && !self.connections.iter().any(|c| logs_in(c.stage)) {
            acts.push(Act::Leap);
        }
        if !self.has_churned && !self.table(model).tombstones().is_empty() {
            acts.push(Act::Churn);
        }
    }

    fn may_start(&self, work: Work, model: &ProtocolModel, acts: &mut Vec<Act>) {
        acts.extend((self.handlers.len() < model.bounds.handlers).then_some(Act::Start(work)));
    }

    fn is_next(&self, number: usize) -> bool {
        self.connections[..number].iter().all(|before| before.stage != Stage::Idle)
    }

    /// Makes `act` happen.
    pub(super) fn perform(&mut self, act: Act, model: &ProtocolModel) {
        let message = Some(Message { at: self.now, is_handled: false });
        match act {
            Act::Start(work) => self.start(work, model),
            Act::Answer(place) => {
                let Handler { work, request, .. } = self.handlers[place].clone();
                let reply = self.carry_out(work, request, model);
                self.answer(place, reply, model);
            }
            Act::Delay(place) => {
                self.faults -= 1;
                let Handler { work, request, .. } = self.handlers[place].clone();
                self.on_the_way.push(Sent { work, request, since: self.now });
                self.answer(place, Reply::Ambiguous, model);
            }
            Act::Crash(place) => {
                self.faults -= 1;
                let Handler { work, request, .. } = self.handlers.remove(place);
                self.on_the_way.push(Sent { work, request, since: self.now });
                self.failed(work);
            }
            Act::Arrive(place) => {
                let Sent { work, request, since } = self.on_the_way.remove(place);
                let reply = self.carry_out(work, request, model);
                self.has_strayed |= since < self.now && reply == Reply::Done;
            }
            Act::Vanish(number) => self.connections[number].stage = Stage::Over,
            Act::Connect(number) => {
                self.connections[number].stage = Stage::Live;
                self.connections[number].connected = message;
            }
            Act::Live(number) => self.connections[number].activity = message,
            Act::End(number) => {
                self.connections[number].stage = Stage::Over;
                self.connections[number].ended = message;
            }
            Act::Leap => self.leap(model),
            Act::Churn => self.churn(model),
        }
        self.handlers.sort_by(|a, b| (a.work, a.now, &a.replies).cmp(&(b.work, b.now, &b.replies)));
        self.forget_the_futile();
        self.on_the_way.sort();
    }

    fn start(&mut self, work: Work, model: &ProtocolModel) {
        let connection = &mut self.connections[work.connection()];
        let message = match work {
            Work::Login(_) => {
                connection.stage = Stage::Asking;
                None
            }
            Work::Connected(_) => connection.connected,
            Work::Activity(_) => connection.activity,
            Work::Ended(_) => connection.ended,
        };
        let is_running = self.handlers.iter().any(|handler| handler.work == work);
        if message.is_some_and(|message| message.is_handled || is_running) {
            self.duplicates -= 1;
        }
        let Next::Asks(request) = self.next(work, self.now, &[], model) else {
            panic!("a handler that asks nothing of the store");
        };
        self.handlers.push(Handler { work, now: self.now, replies: Vec::new(), request });
    }

    fn answer(&mut self, place: usize, reply: Reply, model: &ProtocolModel) {
        let mut handler = self.handlers.remove(place);
        let is_lost_swap = reply == Reply::Conflict
            && match &handler.request {
                Request::Add { key, .. } | Request::Replace { key, .. } => *key == table_key(),
                Request::Load(_) => false,
            };
        if is_lost_swap {
            // The handler starts over with loading the table: all that it then remembers of this
            // attempt is that there was one.
            let loads_table =
                |reply: &Reply| matches!(reply, Reply::Loaded { key, .. } if *key == table_key());
            let attempt = handler.replies.iter().rposition(loads_table);
            handler.replies.truncate(attempt.expect("a table is loaded before it is swapped"));
        } else {
            handler.replies.push(reply);
        }
        match self.next(handler.work, handler.now, &handler.replies, model) {
            Next::Asks(request) => self.handlers.push(Handler { request, ..handler }),
            Next::Returns(Ok(verdict)) => self.finished(handler.work, verdict),
            Next::Returns(Err(LedgerError::Store(error))) if error.is_retryable() => {
                self.failed(handler.work);
            }
            Next::Returns(Err(error)) => panic!("a handler fails: {error}"),
        }
    }

    fn finished(&mut self, work: Work, verdict: Verdict) {
        let connection = &mut self.connections[work.connection()];
        let message = match work {
            Work::Login(_) => {
                match (verdict, connection.stage) {
                    (Verdict::Refused, _) => connection.stage = Stage::Over,
                    (Verdict::Admitted, Stage::Admitted) => connection.stage = Stage::Connecting,
                    (Verdict::Admitted, _) => self.takes_slot(work.connection(), Stage::Connecting),
                }
                return;
            }
            Work::Connected(_) => &mut connection.connected,
            Work::Activity(_) => &mut connection.activity,
            Work::Ended(_) => &mut connection.ended,
        };
        if let Some(message) = message {
            message.is_handled = true;
        }
        connection.late &= !matches!(work, Work::Connected(_));
    }

    /// Counts the login from now on, and checks that the limit holds.
    pub(super) fn takes_slot(&mut self, number: usize, stage: Stage) {
        self.connections[number].stage = stage;
        if self.due().count() > self.limit as usize {
            self.breach = Some(Breach::Cap);
        }
    }

    /// Ends a login whose handler failed. An event needs nothing: it is delivered again.
    fn failed(&mut self, work: Work) {
        if let Work::Login(number) = work {
            self.connections[number].stage = Stage::Over;
        }
    }

    fn leap(&mut self, model: &ProtocolModel) {
        self.leaps -= 1;
        self.now = self.now.after(model.leap());
        for connection in &mut self.connections {
            connection.late |= connection.connected.is_some_and(|message| !message.is_handled);
        }
        let expired = self.items.iter().filter(|(_, item)| item.expires <= self.now);
        let expired: Vec<_> = expired.map(|(key, _)| key.clone()).collect();
        for key in expired {
            self.items.remove(&key);
            self.outdate(&key);
        }
    }

    /// Lets other sessions of the user end, each without interruption. Their records do not matter.
    fn churn(&mut self, model: &ProtocolModel) {
        self.has_churned = true;
        for number in 0..CHURN {
            let event = SessionEvent {
                server: server(),
                session: session(1_000 + number),
                user: Some(user()),
                at: self.now,
                kind: EventKind::Ended,
            };
            let mut replies = Vec::new();
            loop {
                let settings = model.settings.clone();
                let (event, now) = (&event, self.now);
                let next = replay(&replies, |store| async move {
                    LeaseLedger::new(store, settings).observe(event, now).await
                });
                let Next::Asks(request) = next else { break };
                let reply = match request {
                    Request::Load(key) => {
                        let value = self.items.get(&key).map(|item| item.value.clone());
                        Reply::Loaded { key, value, is_fresh: true }
                    }
                    Request::Add { key, value, ttl } | Request::Replace { key, value, ttl, .. } => {
                        if key == table_key() {
                            self.items.insert(key, Item { value, expires: now.after(ttl) });
                        }
                        Reply::Done
                    }
                };
                replies.push(reply);
            }
        }
        self.outdate(&table_key());
        let is_own = |id: &SessionId| (0..self.connections.len()).any(|own| *id == session(own));
        let table = self.table(model);
        let is_left = table.tombstones().iter().any(|stone| is_own(&stone.id));
        assert!(!is_left, "so many sessions drop no tombstone");
    }
}
