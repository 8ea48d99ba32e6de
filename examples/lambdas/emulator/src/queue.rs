//! Invocations that wait for a process, and those that a process has.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, oneshot, watch};

/// The time that a test waits for a process to take an invocation before it is taken to hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer of the function.
    Answer(Vec<u8>),
    /// The error that the function reported.
    Error(Vec<u8>),
    /// The process ended before it answered.
    Died,
    /// There was no answer within the timeout.
    TimedOut,
}

impl Outcome {
    /// The answer as text, or what there is instead of one.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Answer(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Self::Error(bytes) => format!("error: {}", String::from_utf8_lossy(bytes)),
            Self::Died => "the process died".into(),
            Self::TimedOut => "timed out".into(),
        }
    }
}

/// An invocation that has been made.
#[derive(Debug)]
pub struct Invocation {
    request_id: String,
    timeout: Duration,
    taken: oneshot::Receiver<()>,
    outcome: oneshot::Receiver<Outcome>,
}

impl Invocation {
    /// The request id that the function gets.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Waits for the outcome.
    pub async fn outcome(self) -> Outcome {
        let _ = tokio::time::timeout(PATIENCE, self.taken).await;
        match tokio::time::timeout(self.timeout, self.outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Died,
            Err(_) => Outcome::TimedOut,
        }
    }
}

/// An invocation as a process gets it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) request_id: String,
    pub(crate) payload: Vec<u8>,
    timeout: Duration,
    taken: oneshot::Sender<()>,
    outcome: oneshot::Sender<Outcome>,
}

impl Job {
    /// The time at which the answer has to be there, in milliseconds since the Unix epoch.
    pub(crate) fn deadline(&self) -> u128 {
        (since_epoch() + self.timeout).as_millis()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    pushed: Notify,
    polling: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    running: HashMap<String, oneshot::Sender<Outcome>>,
}

impl Queue {
    pub(crate) fn push(&self, payload: Vec<u8>, timeout: Duration) -> Invocation {
        let (taken, was_taken) = oneshot::channel();
        let (outcome, receiver) = oneshot::channel();
        let request_id = new_request_id();
        let job = Job { request_id: request_id.clone(), payload, timeout, taken, outcome };
        self.state().waiting.push_back(job);
        self.pushed.notify_one();
        Invocation { request_id, timeout, taken: was_taken, outcome: receiver }
    }

    /// Waits for the next invocation. May be dropped at any time.
    pub(crate) async fn next(&self) -> Job {
        let _polling = Polling::start(&self.polling);
        loop {
            let pushed = self.pushed.notified();
            if let Some(job) = self.state().waiting.pop_front() {
                return job;
            }
            pushed.await;
        }
    }

    /// Notes that a process has `job`, of which the name and the payload remain.
    pub(crate) fn run(&self, job: Job) {
        let _ = job.taken.send(());
        self.state().running.insert(job.request_id, job.outcome);
    }

    /// Ends an invocation. Returns true if it was still waited for.
    pub(crate) fn finish(&self, request_id: &str, outcome: Outcome) -> bool {
        let sender = self.state().running.remove(request_id);
        sender.is_some_and(|sender| sender.send(outcome).is_ok())
    }

    pub(crate) async fn ready(&self, count: usize) {
        let mut polling = self.polling.subscribe();
        let _ = polling.wait_for(|polling| *polling == count).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a poll while it lives.
struct Polling<'a>(&'a watch::Sender<usize>);

impl<'a> Polling<'a> {
    fn start(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// A name that no other invocation has, of this emulator or another.
fn new_request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = since_epoch().as_nanos() as u64;
    let process = std::process::id();
    format!("{process:08x}-{:04x}-{:04x}-8000-{nanos:016x}", count >> 16, count & 0xffff)
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
