//! Attempts to log in: the calls of the identity provider that each of them makes.

use fastrand::Rng;
use session_limit_core::login::Phase;

use super::population::{Habit, User};
use super::time::DAY;
use super::{Fault, Faults};

/// One call of the identity provider, and what follows a grant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) phase: Phase,
    pub(super) then: Then,
}

/// The client's reaction to a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The login becomes a session.
    Connects,
    /// The login passes this step, and has to pass the next one as well.
    GoesOn,
    /// The key is wrong. The client tries the next step, if there is one.
    Fails,
    /// Nothing follows: it was only a test, or the client is gone.
    Vanishes,
}

/// The steps of one attempt. There are none if the identity provider itself sees that the
/// credentials are wrong: such an attempt never reaches the ledger.
pub(super) fn plan(user: &User, faults: Faults, rng: &mut Rng) -> Vec<Step> {
    let key = |then| Step { phase: Phase::Key, then };
    let password = |then| Step { phase: Phase::Password, then };
    let mut steps = Vec::new();
    let fails = faults.has(Fault::FailedLogins) && rng.u8(0..100) < 6;
    let by_key = match user.habit {
        Habit::Password => false,
        Habit::Key | Habit::KeyAndPassword => true,
        Habit::Either => rng.bool(),
    };
    if by_key && faults.has(Fault::FailedLogins) {
        steps.extend(std::iter::repeat_n(key(Then::Fails), user.other_keys));
    }
    match user.habit {
        Habit::KeyAndPassword if fails => match rng.u8(0..3) {
            0 => steps.push(key(Then::Fails)),
            1 => steps.push(key(Then::GoesOn)), // and then a wrong password
            _ => steps.extend([key(Then::GoesOn), password(Then::Vanishes)]),
        },
        Habit::KeyAndPassword => steps.extend([key(Then::GoesOn), password(Then::Connects)]),
        Habit::Either if by_key && fails => {
            // A key probe before the password.
            steps.extend([key(Then::Fails), password(Then::Connects)]);
        }
        _ if by_key && fails => {
            steps.push(key(if rng.bool() { Then::Fails } else { Then::Vanishes }));
        }
        _ if by_key => steps.push(key(Then::Connects)),
        _ if fails && rng.bool() => {} // a wrong password
        _ if fails => steps.push(password(Then::Vanishes)),
        _ => steps.push(password(Then::Connects)),
    }
    steps
}

/// The length of an attempt's session, in milliseconds. Most sessions last about as long as the
/// user's mean, some a few seconds, some for days.
pub(super) fn session_length(user: &User, rng: &mut Rng) -> u64 {
    let factor = match rng.u8(0..20) {
        0..4 => 0.005,
        4..19 => 1.0,
        _ => 8.0,
    };
    exponential(user.mean_session * factor, rng).min(4.0 * DAY as f64) as u64 + 200
}

/// The time from the grant to the session, in milliseconds. Somebody may type the passphrase of a
/// key meanwhile. With a handler that stands still it adds up to LOGIN_TIME at most.
pub(super) fn connect_time(phase: Phase, rng: &mut Rng) -> u64 {
    let longest = match phase {
        Phase::Password => 2_500,
        Phase::Key => 60_000,
    };
    if rng.u8(0..100) == 0 { rng.u64(1_000..longest) } else { rng.u64(100..2_000) }
}

/// A sample of the exponential distribution.
pub(super) fn exponential(mean: f64, rng: &mut Rng) -> f64 {
    -mean * (1.0 - rng.f64()).ln()
}
