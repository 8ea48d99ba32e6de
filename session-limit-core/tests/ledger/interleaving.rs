//! An interleaving that knows the truth. Logins become sessions or vanish, and sessions end. The
//! log is late, out of order and repeats itself. Handlers run at once and crash.
//!
//! A schedule, which is a list of numbers, chooses each next move among those that the assumptions
//! allow.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Ledger, LedgerError, Observation, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

use crate::stepped::{Fault, Stepped};
use crate::truth::{Login, Message, Nature, State};

/// Handlers that run at once.
const MOST_ACTORS: usize = 4;
/// Copies of one log message.
const MOST_DELIVERIES: u32 = 3;

type Answer = Result<Admission, LedgerError>;
type Handled = Result<Observation, LedgerError>;

enum Work {
    Login { login: usize, done: Pin<Box<dyn Future<Output = Answer>>>, writes_before: u32 },
    Event { message: usize, done: Pin<Box<dyn Future<Output = Handled>>> },
}

struct Actor {
    view: Stepped,
    work: Work,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Login,
    Connect(usize),
    Vanish(usize),
    Activity(usize),
    End(usize),
    Deliver(usize),
    Poll(usize),
    Crash(usize),
    Wait,
}

/// Makes an actor's ledger over its view of the store.
pub type MakeLedger<L> = fn(Stepped, &Nature) -> L;

pub struct Interleaving<L> {
    pub nature: Nature,
    pub store: Arc<MemoryStore>,
    pub now: Timestamp,
    pub server: ServerId,
    pub user: UserName,
    /// Logins refused, and logins admitted.
    pub verdicts: (u32, u32),
    /// Logins that were admitted and never became a session.
    pub vanished: u32,
    make: MakeLedger<L>,
    all_writes: Arc<AtomicU32>,
    logins: Vec<Login>,
    messages: Vec<Message>,
    actors: Vec<Actor>,
}

impl<L: Ledger + 'static> Interleaving<L> {
    pub fn new(nature: Nature, make: MakeLedger<L>) -> Self {
        Self {
            nature,
            store: Arc::new(MemoryStore::new()),
            now: Timestamp::from_millis(1_700_000_000_000),
            server: ServerId::new("s-1").unwrap(),
            user: UserName::new("alice").unwrap(),
            verdicts: (0, 0),
            vanished: 0,
            make,
            all_writes: Arc::default(),
            logins: Vec::new(),
            messages: Vec::new(),
            actors: Vec::new(),
        }
    }

    /// Those who hold a session or may still get one.
    pub fn truly_held(&self) -> u32 {
        let held = |login: &&Login| {
            matches!(login.state, State::Admitted | State::Connecting | State::Live)
        };
        u32::try_from(self.logins.iter().filter(held).count()).unwrap()
    }

    /// Some password login.
    pub fn request(&self, limit: u32) -> AdmissionRequest {
        AdmissionRequest::new(
            self.server.clone(),
            self.user.clone(),
            SessionLimit::new(limit),
            Token::new("token").unwrap(),
        )
    }

    /// Makes the move that `choice` picks.
    pub fn step(&mut self, choice: u32) {
        let moves = self.moves();
        // The low bits pick the move, the high bits its details.
        let pick = moves[usize::try_from(choice & 0xffff).unwrap() % moves.len()];
        self.make_move(pick, choice >> 16);
    }

    /// Ends and delivers everything, until nothing is left but what must expire.
    pub fn settle(&mut self) {
        self.finish_actors();
        for login in 0..self.logins.len() {
            match self.logins[login].state {
                State::Connecting => self.make_move(Move::Vanish(login), 0),
                State::Live => self.make_move(Move::End(login), 0),
                State::Asking | State::Admitted | State::Over => {}
            }
        }
        for message in 0..self.messages.len() {
            while !self.messages[message].handled {
                self.deliver(message, None);
                self.finish_actors();
            }
        }
    }

    fn finish_actors(&mut self) {
        while !self.actors.is_empty() {
            self.make_move(Move::Poll(0), 0);
        }
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        if self.actors.len() < MOST_ACTORS {
            moves.extend([Move::Login; 3]);
            for (number, message) in self.messages.iter().enumerate() {
                if message.deliveries < MOST_DELIVERIES || !message.handled {
                    moves.push(Move::Deliver(number));
                }
            }
        }
        for (number, login) in self.logins.iter().enumerate() {
            match login.state {
                State::Connecting => {
                    moves.extend([Move::Connect(number), Move::Connect(number)]);
                    if self.nature.faults {
                        moves.push(Move::Vanish(number));
                    }
                }
                State::Live => moves.extend([Move::Activity(number), Move::End(number)]),
                State::Asking | State::Admitted | State::Over => {}
            }
        }
        for number in 0..self.actors.len() {
            moves.extend([Move::Poll(number); 6]);
            if self.nature.faults {
                moves.push(Move::Crash(number));
            }
        }
        if self.patience() > Duration::ZERO || moves.is_empty() {
            moves.extend([Move::Wait; 2]);
        }
        moves
    }

    fn make_move(&mut self, pick: Move, detail: u32) {
        match pick {
            Move::Login => self.login(detail),
            Move::Connect(login) => self.connect(login),
            Move::Vanish(login) => {
                self.logins[login].state = State::Over;
                self.vanished += 1;
            }
            Move::Activity(login) => self.log(login, EventKind::Activity),
            Move::End(login) => {
                self.logins[login].state = State::Over;
                self.log(login, EventKind::Ended);
            }
            Move::Deliver(message) => self.deliver(message, self.fault(detail)),
            Move::Poll(actor) => self.poll(actor),
            Move::Crash(actor) => self.forget(actor),
            Move::Wait => {
                let wanted = Duration::from_millis(u64::from(detail % 90_000) + 1);
                self.now = self.now.after(wanted.min(self.patience()));
            }
        }
    }

    fn login(&mut self, detail: u32) {
        let number = self.logins.len();
        let (least, most) = self.nature.limits;
        let by_key = self.nature.keys && detail & 1 == 1;
        let mut request = self
            .request(least + (detail >> 1) % (most - least + 1))
            .from(IpAddr::from([10, 0, 0, u8::try_from((detail >> 5) % 3).unwrap()]));
        request.token = Token::new(&format!("token-{number}")).unwrap();
        if by_key {
            request = request.key_phase(true);
        }
        let asked = self.host_clock(detail >> 8);
        let view = self.view(self.fault(detail >> 10));
        let ledger = (self.make)(view.clone(), &self.nature);
        self.logins.push(Login {
            request: request.clone(),
            state: State::Asking,
            asked: self.now,
            session: SessionId::new(&format!("session-{number}")).unwrap(),
            heard: self.now,
        });
        let done = Box::pin(async move { ledger.admit(&request, asked).await });
        let writes_before = self.all_writes.load(Ordering::Relaxed);
        self.actors.push(Actor { view, work: Work::Login { login: number, done, writes_before } });
    }

    fn connect(&mut self, login: usize) {
        self.logins[login].state = State::Live;
        self.logins[login].heard = self.now;
        let request = &self.logins[login].request;
        let kind = EventKind::connected(request.source, Some(request.phase));
        self.log(login, kind);
    }

    fn log(&mut self, login: usize, kind: EventKind) {
        let connected = matches!(kind, EventKind::Connected { .. });
        let event = SessionEvent {
            server: self.server.clone(),
            session: self.logins[login].session.clone(),
            user: connected.then(|| self.user.clone()),
            at: self.now,
            kind,
        };
        self.messages.push(Message { event, login, deliveries: 0, handled: false });
    }

    fn deliver(&mut self, message: usize, fault: Option<(u32, Fault)>) {
        let view = self.view(fault);
        let ledger = (self.make)(view.clone(), &self.nature);
        let now = self.host_clock(self.messages[message].deliveries);
        self.messages[message].deliveries += 1;
        let event = self.messages[message].event.clone();
        let done = Box::pin(async move { ledger.observe(&event, now).await });
        self.actors.push(Actor { view, work: Work::Event { message, done } });
    }

    fn poll(&mut self, number: usize) {
        let mut context = Context::from_waker(Waker::noop());
        let actor = &mut self.actors[number];
        match &mut actor.work {
            Work::Login { login, done, writes_before } => {
                let (login, writes_before) = (*login, *writes_before);
                let answer = done.as_mut().poll(&mut context);
                let has_written = actor.view.own_writes.load(Ordering::Relaxed) > 0;
                if has_written && self.logins[login].state == State::Asking {
                    self.took_a_slot(login);
                }
                let Poll::Ready(answer) = answer else { return };
                let actor = self.actors.remove(number);
                let others = self.all_writes.load(Ordering::Relaxed) - writes_before;
                self.answered(login, &answer, &actor.view, others);
            }
            Work::Event { message, done } => {
                let message = *message;
                let Poll::Ready(handled) = done.as_mut().poll(&mut context) else { return };
                self.actors.remove(number);
                if handled.is_ok() {
                    let message = &mut self.messages[message];
                    message.handled = true;
                    let login = &mut self.logins[message.login];
                    login.heard = login.heard.max(message.event.at);
                }
            }
        }
    }

    fn answered(&mut self, number: usize, answer: &Answer, view: &Stepped, all_writes: u32) {
        let login = &mut self.logins[number];
        let Ok(admission) = answer else {
            login.state = State::Over;
            return;
        };
        // L2: every further attempt means that somebody else's write went through, or that one
        // of this login's own was not confirmed.
        let own = view.own_writes.load(Ordering::Relaxed);
        let reasons = all_writes - own + u32::from(!view.faults.is_empty());
        assert!(admission.report.attempts <= reasons + 1, "L2: {admission:?}");
        match admission.verdict {
            Verdict::Refused => {
                assert!(!self.nature.quiet_refusals || own == 0, "S6: a refusal wrote");
                login.state = State::Over;
                self.verdicts.0 += 1;
            }
            Verdict::Admitted => {
                login.state = State::Connecting;
                self.verdicts.1 += 1;
                let most = self.nature.limits.1;
                let held = self.truly_held();
                assert!(held <= most, "S2: {held} hold or get a session, over the limit {most}");
            }
        }
    }

    /// The moment from which on a login counts: where limits differ from login to login, only at
    /// this moment its own has to hold.
    fn took_a_slot(&mut self, number: usize) {
        if self.nature.quiet_refusals {
            self.logins[number].state = State::Admitted;
            let limit = self.logins[number].request.limit.get();
            let held = self.truly_held();
            assert!(held <= limit, "S2: {held} hold or get a session, over the limit {limit}");
        }
    }

    fn forget(&mut self, number: usize) {
        if let Work::Login { login, .. } = self.actors.remove(number).work {
            self.logins[login].state = State::Over;
        }
    }

    /// The time for which it may wait without breaking an assumption. A login connects within
    /// LOGIN_TIME, its start is handled within RESERVATION_TTL, and no session is silent for long.
    fn patience(&self) -> Duration {
        let Nature { login_time, reservation_ttl, session_ttl, skew, .. } = self.nature;
        let slack = skew + Duration::from_millis(1);
        let mut deadline = self.now.after(Duration::from_secs(3_600));
        for login in &self.logins {
            let within = match login.state {
                State::Asking | State::Admitted | State::Connecting => {
                    Some(login.asked.after(login_time))
                }
                State::Live => Some(login.heard.after(session_ttl * 3 / 4)),
                State::Over => None,
            };
            deadline = within.map_or(deadline, |within| deadline.min(within.before(slack)));
        }
        for message in self.messages.iter().filter(|message| !message.handled) {
            let asked = self.logins[message.login].asked;
            let within = match message.event.kind {
                EventKind::Connected { .. } => asked.after(reservation_ttl),
                _ => continue,
            };
            deadline = deadline.min(within.before(slack));
        }
        deadline.since(self.now)
    }

    /// The clock of some host: up to half the skew off.
    fn host_clock(&self, detail: u32) -> Timestamp {
        match detail % 3 {
            0 => self.now,
            1 => self.now.after(self.nature.skew / 2),
            _ => self.now.before(self.nature.skew / 2),
        }
    }

    fn fault(&self, detail: u32) -> Option<(u32, Fault)> {
        if !self.nature.faults {
            return None;
        }
        let fault = match detail % 12 {
            0 => Fault::Unavailable,
            1 => Fault::ReplyLost,
            2 => Fault::RequestLost,
            _ => return None,
        };
        Some(((detail >> 4) % 4, fault))
    }

    pub fn view(&self, fault: Option<(u32, Fault)>) -> Stepped {
        Stepped::new(self.store.clone(), self.all_writes.clone(), fault)
    }
}
