//! Clients: they log in, get an answer, and act on it.

use session_limit_core::ledger::{Admission, AdmissionRequest, KeyPhase, LedgerError, Verdict};
use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::Token;

use super::Fault;
use super::attempts::{Step, Then, connect_time, plan, session_length};
use super::causes;
use super::executor::Done;
use super::population::Habit;
use super::time::{DAY, MINUTE, SECOND};
use super::truth::{Attempt, Call, Refusal, State};
use super::world::{Event, World};

/// The longest time that the handler of a login may stand still. The service gives it 15 seconds.
const LONGEST_LOGIN: u64 = 12 * SECOND;

impl World {
    pub(super) fn arrive(&mut self, user: usize) {
        if self.calm {
            return;
        }
        let pause = self.users[user].mean_pause * (0.6 + 0.8 * self.rng.f64());
        self.after(pause as u64, Event::Arrive(user));
        let (logins, spread, lengths) = match self.rng.u8(0..100) {
            0 => (20, 500, Some(10 * SECOND..600 * SECOND)),
            // A script that opens a connection for every file.
            1 => (20, MINUTE, Some(SECOND / 2..20 * SECOND)),
            _ => (1, 2, None),
        };
        for _ in 0..logins {
            let length = match &lengths {
                Some(lengths) => self.rng.u64(lengths.clone()),
                None => session_length(&self.users[user], &mut self.rng),
            };
            let address = *self.rng.choice(&self.users[user].addresses).expect("users have one");
            let steps = plan(&self.users[user], self.faults, &mut self.rng);
            self.report.logins += 1;
            let held = self.held[user].count();
            if held > 0 && held + 1 >= self.users[user].limit {
                self.report.logins_near_limit += 1;
            }
            self.attempts.push(Attempt {
                user,
                steps,
                step: 0,
                address,
                session_length: length,
                is_stranger: false,
                rng: self.rng.fork(),
            });
            let pause = self.rng.u64(0..spread);
            self.after(pause, Event::Ask(self.attempts.len() - 1));
        }
    }

    /// Lets a stranger try a user's name. A stranger knows names, and can only ask for the key
    /// phase.
    pub(super) fn probe(&mut self, user: usize) {
        if self.calm {
            return;
        }
        self.after_about(DAY / 2, Event::Probe(user));
        if self.servers[self.users[user].server].habit == Habit::Password {
            return;
        }
        let step = Step { phase: Phase::Key, then: Then::Vanishes };
        for _ in 0..self.rng.u8(1..4) {
            self.attempts.push(Attempt {
                user,
                steps: vec![step],
                step: 0,
                address: [198, 51, 100, self.rng.u8(1..)].into(),
                session_length: 0,
                is_stranger: true,
                rng: self.rng.fork(),
            });
            self.after(0, Event::Ask(self.attempts.len() - 1));
        }
    }

    pub(super) fn ask(&mut self, number: usize) {
        let clock = self.host_clock();
        let attempt = &mut self.attempts[number];
        let Some(step) = attempt.steps.get(attempt.step) else { return };
        let user = &self.users[attempt.user];
        let call = self.calls.len();
        let server = &self.servers[user.server];
        let request = {
            let request = AdmissionRequest::new(
                server.id.clone(),
                user.name.clone(),
                SessionLimit::new(user.limit),
                Token::new(&format!("{call:x}")).expect("a number is a valid token"),
            )
            .from(attempt.address);
            match step.phase {
                Phase::Password => request,
                Phase::Key => {
                    request.key_phase(matches!(user.habit, Habit::Password | Habit::Either))
                }
            }
        };
        let looked = step.phase == Phase::Key
            && match self.config.key_phase {
                _ if server.habit == Habit::KeyAndPassword => true,
                KeyPhase::Auto => request.has_password && server.habit == Habit::Either,
                KeyPhase::Strict => false,
                KeyPhase::Check => true,
            };
        self.calls.push(Call {
            user: attempt.user,
            attempt: number,
            phase: step.phase,
            address: attempt.address,
            limit: user.limit,
            asked: self.now,
            clock,
            looked,
            state: State::Asked,
            start_handled: false,
            ended: 0,
            end_handled: None,
            end_lost: false,
            heard: 0,
            told: 0,
            record_lost: false,
            silent: attempt.rng.u8(0..50) == 0 && self.faults.has(Fault::Silence),
            uncounted: None,
            refusal: None,
            told_uncovered: false,
            told_overdue: false,
        });
        self.report.calls += 1;
        let fate = self.fate(true, LONGEST_LOGIN);
        let handler = self.executor.admit(call, request, clock, fate);
        self.resume(handler);
    }

    pub(super) fn answered(&mut self, number: usize, done: Done) {
        match done {
            Done::Admission(Ok(admission)) => self.decided(number, &admission),
            Done::Admission(Err(error)) => self.undecided(number, &error),
            Done::Observation(_) => unreachable!("a call is answered with an admission"),
            Done::Crashed => {
                self.sometimes("handler crashed");
                self.calls[number].state = State::Failed;
            }
        }
    }

    fn undecided(&mut self, number: usize, error: &LedgerError) {
        assert!(error.is_retryable(), "{error}");
        self.sometimes("outcome unknown");
        let call = &mut self.calls[number];
        call.state = State::Failed;
        let (user, limit) = (call.user, call.limit);
        if self.held[user].count() < limit {
            *self.report.false_refusals.entry(causes::STORE_FAILURE).or_default() += 1;
        }
    }

    fn decided(&mut self, number: usize, admission: &Admission) {
        let call = &self.calls[number];
        let attempt = &self.attempts[call.attempt];
        let then = attempt.steps[attempt.step].then;
        self.reported(call.user, admission.report);
        if admission.verdict == Verdict::Refused {
            self.refused(number);
            if then == Then::Fails {
                self.next_step(number); // the client tries the next key, or a password
            }
            return;
        }
        if then == Then::Connects {
            self.will_connect(number);
        } else {
            self.calls[number].state = State::Failed;
        }
        self.check_admission(number, admission.counted);
        if matches!(then, Then::GoesOn | Then::Fails) {
            self.next_step(number);
        }
    }

    fn next_step(&mut self, number: usize) {
        let attempt = self.calls[number].attempt;
        self.attempts[attempt].step += 1;
        let pause = self.attempts[attempt].rng.u64(10..500);
        self.after(pause, Event::Ask(attempt));
    }

    fn will_connect(&mut self, number: usize) {
        self.calls[number].state = State::Connecting;
        self.held[self.calls[number].user].calls.push(number);
        let Call { attempt, phase, .. } = self.calls[number];
        let pause = connect_time(phase, &mut self.attempts[attempt].rng);
        self.after(pause, Event::Connect(number));
    }

    fn refused(&mut self, number: usize) {
        // A number that was too high is judged by what it then consisted of.
        let refusal = self.calls[number].refusal.unwrap_or_else(|| self.judge_refusal(number));
        self.calls[number].state = State::Failed;
        match refusal {
            Refusal::Right => self.report.right_refusals += 1,
            Refusal::False(cause) => *self.report.false_refusals.entry(cause).or_default() += 1,
        }
    }
}
