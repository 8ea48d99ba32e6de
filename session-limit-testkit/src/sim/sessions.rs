//! Sessions: they start, live and end. The log tells of it, and handlers tell the ledger.

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{Effect, Observation};
use session_limit_core::login::Phase;
use session_limit_core::names::SessionId;
use session_limit_core::time::Timestamp;

use super::executor::{Done, Task};
use super::leases::longest_silence;
use super::log::{Kind, Message};
use super::population::Habit;
use super::time::{HOUR, MINUTE, SECOND, millis};
use super::truth::State;
use super::world::{Event, World};
use super::{Fault, LedgerKind};

/// The pauses after which Lambda tries again to handle a message: after the first and the second
/// failure.
const RETRIES: [u64; 2] = [60 * SECOND, 120 * SECOND];
/// The longest time that the handler of a message may stand still.
const LONGEST_DELIVERY: u64 = 4 * MINUTE;
/// The time from one activity of a session to the next.
const ACTIVITY: u64 = 5 * HOUR;

impl World {
    pub(super) fn connect(&mut self, number: usize) {
        let call = &mut self.calls[number];
        if call.state != State::Connecting {
            return;
        }
        call.state = State::Live;
        self.report.sessions += 1;
        let length = self.attempts[call.attempt].session_length;
        self.after(length, Event::End(number));
        if length > ACTIVITY {
            self.after(ACTIVITY, Event::Activity(number));
        }
        self.log(number, Kind::Start);
    }

    pub(super) fn activity(&mut self, number: usize) {
        if self.calls[number].state == State::Live {
            self.after(ACTIVITY, Event::Activity(number));
            if !self.calls[number].silent {
                self.log(number, Kind::Activity);
            }
        }
    }

    pub(super) fn end(&mut self, number: usize) {
        let call = &mut self.calls[number];
        if call.state != State::Live {
            return;
        }
        call.state = State::Ended;
        call.ended = self.now;
        self.held[call.user].release(number);
        self.log(number, Kind::End);
    }

    fn log(&mut self, call: usize, kind: Kind) {
        let at = self.log_clock().as_millis();
        let message = self.messages.len();
        self.messages.push(Message { call, kind, at, handled: false });
        let may_be_lost = kind != Kind::Activity || self.may_be_silent(call);
        let rng = &mut self.attempts[self.calls[call].attempt].rng;
        let times = self.log.deliveries(kind, self.now, may_be_lost, rng);
        if times.is_empty() && kind == Kind::End {
            self.calls[call].end_lost = true;
        }
        for time in times {
            self.after(time - self.now, Event::Deliver { message, attempt: 0 });
        }
    }

    /// Returns true if the session may be silent until its next activity and for some time after
    /// it.
    fn may_be_silent(&self, call: usize) -> bool {
        let next_heard = self.now + ACTIVITY + HOUR;
        self.faults.has(Fault::Silence)
            || next_heard < self.calls[call].heard + longest_silence(&self.config.times)
    }

    pub(super) fn deliver(&mut self, number: usize, attempt: u32) {
        let message = &self.messages[number];
        let call = &mut self.calls[message.call];
        call.told = call.told.max(message.at);
        let user = &self.users[call.user];
        let kind = match message.kind {
            Kind::Start => EventKind::connected(
                Some(call.address),
                Some(match user.habit {
                    Habit::KeyAndPassword => Phase::Key,
                    _ => call.phase,
                }),
            ),
            Kind::Activity => EventKind::Activity,
            Kind::End => EventKind::Ended,
        };
        let names_user = message.kind == Kind::Start || self.config.ledger == LedgerKind::Naive;
        let event = SessionEvent {
            server: self.servers[user.server].id.clone(),
            session: SessionId::new(&format!("{:x}", message.call)).expect("a valid session id"),
            user: names_user.then(|| user.name.clone()),
            at: Timestamp::from_millis(message.at),
            kind,
        };
        let (call, is_duplicate) = (message.call, message.handled);
        if is_duplicate {
            self.sometimes("duplicate handled");
        }
        let may_fail = self.may_fail(number, attempt);
        let clock = self.host_clock();
        let fate = self.fate(may_fail, LONGEST_DELIVERY.min(self.time_left(number)));
        let task = Task::Delivery { message: number, attempt };
        let handler = self.executor.observe(task, call, event, clock, fate);
        self.resume(handler);
    }

    /// Returns true if a handler may fail. As long as the assumptions hold, an end must be handled
    /// at last, and a start in time.
    fn may_fail(&self, number: usize, attempt: u32) -> bool {
        let retry = RETRIES.get(attempt as usize);
        self.faults.has(Fault::LostStarts)
            || retry.is_some_and(|retry| *retry <= self.time_left(number))
    }

    /// The time that the handling of a message may still take before an assumption breaks.
    fn time_left(&self, number: usize) -> u64 {
        let message = &self.messages[number];
        if message.kind != Kind::Start || self.faults.has(Fault::LostStarts) {
            return u64::MAX;
        }
        let ttl = millis(self.config.times.reservation_ttl());
        (self.calls[message.call].asked + ttl).saturating_sub(self.now + 15 * SECOND)
    }

    pub(super) fn handled(&mut self, number: usize, attempt: u32, done: Done) {
        match done {
            Done::Observation(Ok(observation)) => self.observed(number, &observation),
            Done::Observation(Err(error)) => {
                assert!(error.is_retryable(), "{error}");
                self.sometimes("outcome unknown");
                self.retry(number, attempt);
            }
            Done::Crashed => {
                self.sometimes("handler crashed");
                self.retry(number, attempt);
            }
            Done::Admission(_) => unreachable!("a delivery is answered with an observation"),
        }
    }

    fn observed(&mut self, number: usize, observation: &Observation) {
        self.report.messages += 1;
        let message = &mut self.messages[number];
        message.handled = true;
        let call = &mut self.calls[message.call];
        if observation.effect != Effect::Unknown {
            call.heard = call.heard.max(message.at);
        }
        let user = call.user;
        match message.kind {
            Kind::Start if !call.start_handled => {
                call.start_handled = true;
                let times = self.config.times;
                let in_time = millis(times.reservation_ttl()) - 2 * millis(times.skew());
                if self.now >= call.asked + in_time {
                    self.held[user].late_start = Some(self.now);
                }
                if call.end_handled.is_some() {
                    self.sometimes("start after its end");
                }
            }
            Kind::Start | Kind::Activity => {}
            Kind::End => {
                call.end_handled.get_or_insert(self.now);
                call.end_lost = false;
            }
        }
        self.reported(user, observation.report);
    }

    fn retry(&mut self, number: usize, attempt: u32) {
        match RETRIES.get(attempt as usize) {
            Some(pause) => {
                self.after(*pause, Event::Deliver { message: number, attempt: attempt + 1 });
            }
            None if self.messages[number].kind == Kind::End && !self.messages[number].handled => {
                self.calls[self.messages[number].call].end_lost = true;
            }
            None => {}
        }
    }
}
