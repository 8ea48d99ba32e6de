//! Handlers: the calls of the ledger that are under way. Each waits for its turn at the store.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use session_limit_core::event::SessionEvent;
use session_limit_core::ledger::{Admission, AdmissionRequest, LedgerError, Observation};
use session_limit_core::time::Timestamp;

use super::ledger::SimLedger;
use super::store::{Fate, SimStore, Turn};

/// The reason why a handler was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// A call of the identity provider, by its number.
    Call(usize),
    /// A delivery of a log message, with the number of the message and of the attempt.
    Delivery { message: usize, attempt: u32 },
}

/// The result of a handler.
pub(super) enum Done {
    Admission(Result<Admission, LedgerError>),
    Observation(Result<Observation, LedgerError>),
    Crashed,
}

/// The state of a handler after its turn.
pub(super) enum Progress {
    /// The handler waits for the store, or stands still for that many milliseconds.
    Waits {
        stalled: Option<u64>,
    },
    Finished {
        task: Task,
        done: Done,
        operations: u32,
    },
}

struct Handler {
    task: Task,
    future: Pin<Box<dyn Future<Output = Done> + Send>>,
    turn: Turn,
    resumed: u32,
}

pub(super) struct Executor {
    store: SimStore,
    ledger: Arc<SimLedger<SimStore>>,
    handlers: Vec<Option<Handler>>,
    free: Vec<usize>,
}

impl Executor {
    pub(super) fn new(store: SimStore, ledger: SimLedger<SimStore>) -> Self {
        Self { store, ledger: Arc::new(ledger), handlers: Vec::new(), free: Vec::new() }
    }

    pub(super) fn admit(
        &mut self,
        call: usize,
        request: AdmissionRequest,
        host_clock: Timestamp,
        fate: Fate,
    ) -> usize {
        let ledger = self.ledger.clone();
        let future =
            Box::pin(async move { Done::Admission(ledger.admit(&request, host_clock).await) });
        self.start(Task::Call(call), call, future, fate)
    }

    pub(super) fn observe(
        &mut self,
        task: Task,
        call: usize,
        event: SessionEvent,
        host_clock: Timestamp,
        fate: Fate,
    ) -> usize {
        let ledger = self.ledger.clone();
        let future =
            Box::pin(async move { Done::Observation(ledger.observe(&event, host_clock).await) });
        self.start(task, call, future, fate)
    }

    fn start(
        &mut self,
        task: Task,
        call: usize,
        future: Pin<Box<dyn Future<Output = Done> + Send>>,
        fate: Fate,
    ) -> usize {
        let turn = Turn { fate, call, ..Turn::default() };
        let handler = Some(Handler { task, future, turn, resumed: 0 });
        if let Some(place) = self.free.pop() {
            self.handlers[place] = handler;
            return place;
        }
        self.handlers.push(handler);
        self.handlers.len() - 1
    }

    /// Lets a handler go on until it waits for the store again. A crash takes the place of a turn:
    /// all that was done so far stays done, and nothing else happens.
    pub(super) fn resume(&mut self, place: usize) -> Progress {
        let handler = self.handlers[place].as_mut().expect("a resumed handler is there");
        handler.resumed += 1;
        if handler.turn.fate.crash_at == Some(handler.resumed) {
            return self.finish(place, Done::Crashed);
        }
        handler.turn.waits = false;
        self.store.swap_turn(std::mem::take(&mut handler.turn));
        let polled = handler.future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        handler.turn = self.store.swap_turn(Turn::default());
        match polled {
            Poll::Pending => {
                assert!(handler.turn.waits, "a handler waits for nothing but the store");
                let stall = handler.turn.fate.stall.filter(|(at, _)| *at == handler.resumed + 1);
                Progress::Waits { stalled: stall.map(|(_, pause)| pause) }
            }
            // It did all it had to and crashes before anybody learns.
            Poll::Ready(_) if handler.turn.fate.crash_at == Some(handler.resumed + 1) => {
                self.finish(place, Done::Crashed)
            }
            Poll::Ready(done) => self.finish(place, done),
        }
    }

    fn finish(&mut self, place: usize, done: Done) -> Progress {
        let handler = self.handlers[place].take().expect("a finished handler is there");
        self.free.push(place);
        Progress::Finished { task: handler.task, done, operations: handler.turn.operations }
    }
}
