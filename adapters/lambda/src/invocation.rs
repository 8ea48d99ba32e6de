//! One invocation of a function: its name and its deadline.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use session_limit_core::names::Token;
use session_limit_core::time::Timestamp;
use tokio::time::Instant;

use crate::clock;

/// The time for an invocation whose deadline has passed already: Lambda's own default for the
/// timeout of a function. Emulators send such deadlines; Lambda does not.
const TIMEOUT_OF_EMULATORS: Duration = Duration::from_secs(3);

/// The longest timeout that a function can have.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// The longest time kept back for rolling back and answering.
const LONGEST_MARGIN: Duration = Duration::from_millis(500);

/// One invocation of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The id of the invocation. A retry has the same id.
    pub request_id: String,
    /// The time at which the answer has to be there.
    pub deadline: Timestamp,
}

impl Invocation {
    /// The request id, or a name of our own if that is not a valid token. Two invocations never
    /// share a name of our own: a slot taken for both would admit one login too many. A retry under
    /// another name only costs a slot for a while.
    pub(crate) fn token(&self) -> Token {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Token::new(&self.request_id).unwrap_or_else(|_| {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let nanos = clock::since_epoch().as_nanos();
            let name = format!("own-{nanos:x}-{:x}-{count:x}", std::process::id());
            Token::new(&name).expect("hexadecimal numbers and hyphens are a token")
        })
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget::new(self.deadline, clock::now())
    }
}

impl From<&lambda_runtime::Context> for Invocation {
    fn from(context: &lambda_runtime::Context) -> Self {
        Self {
            request_id: context.request_id.clone(),
            deadline: Timestamp::from_millis(context.deadline),
        }
    }
}

/// The time of an invocation, and what it is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// The time at which it started.
    pub(crate) start: Instant,
    /// The time until which work is waited for. The rest is for rolling back and answering.
    pub(crate) work: Instant,
    /// The time at which the answer has to be on its way.
    pub(crate) answer: Instant,
}

impl Budget {
    fn new(deadline: Timestamp, now: Timestamp) -> Self {
        let start = Instant::now();
        let time = match deadline.since(now) {
            Duration::ZERO => TIMEOUT_OF_EMULATORS,
            time => time.min(LONGEST_TIMEOUT),
        };
        let margin = (time / 4).min(LONGEST_MARGIN);
        Self { start, work: start + (time - margin), answer: start + (time - margin / 4) }
    }

    /// The moment `time` after the start, but no later than the end of the work.
    pub(crate) fn at_most(&self, time: Duration) -> Instant {
        (self.start + time).min(self.work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(request_id: &str) -> Invocation {
        Invocation { request_id: request_id.to_owned(), deadline: Timestamp::EPOCH }
    }

    #[test]
    fn a_request_id_is_the_token() {
        let id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
        assert_eq!(invocation(id).token().as_str(), id);
    }

    #[test]
    fn another_name_is_made_for_an_invalid_one_and_used_once() {
        for id in ["", "a b", "ü", &"x".repeat(65)] {
            assert_ne!(invocation(id).token(), invocation(id).token());
        }
    }

    #[test]
    fn time_is_kept_back_for_the_answer() {
        let now = Timestamp::from_millis(1_000_000);
        let spent = |deadline: Timestamp| {
            let budget = Budget::new(deadline, now);
            ((budget.work - budget.start).as_millis(), (budget.answer - budget.start).as_millis())
        };
        assert_eq!(spent(now.after(Duration::from_secs(15))), (14_500, 14_875));
        assert_eq!(spent(now.after(Duration::from_secs(1))), (750, 937));
        assert_eq!(spent(now), (2_500, 2_875), "a deadline that has passed");
        assert_eq!(spent(Timestamp::EPOCH), (2_500, 2_875));
        assert_eq!(spent(Timestamp::from_millis(u64::MAX)), (899_500, 899_875));
    }
}
