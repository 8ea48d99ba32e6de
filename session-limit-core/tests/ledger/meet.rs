//! A start and an end of one session, handled at once, wherever they meet.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::lease::Entries;
use session_limit_core::ledger::{
    Effect, KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes, Ledger,
};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::Key;

use crate::desk::{Desk, HOME, START, connected, seconds};
use crate::stepped::Stepped;

/// Handles the end after `steps` of the handler of `event`, and then the rest of that handler.
/// Returns the answers to both, and whether the handler was still running when the end came.
fn end_after(
    desk: &Desk,
    event: &SessionEvent,
    steps: u32,
    delay: Duration,
    forget: bool,
) -> ([Effect; 2], bool) {
    let now = START.after(delay);
    let view = Stepped::new(desk.store.clone(), Arc::default(), None);
    let ledger = LeaseLedger::new(view, LeaseSettings::default());
    let mut handler = pin!(ledger.observe(event, now));
    let mut context = Context::from_waker(Waker::noop());
    let mut told = Poll::Pending;
    for _ in 0..steps {
        if told.is_pending() {
            told = handler.as_mut().poll(&mut context);
        }
    }
    let meets = told.is_pending();
    let mut end = desk.event("aaa", EventKind::Ended, START);
    end.user = Some(desk.user.clone());
    let end = block_on(desk.ledger.observe(&end, now)).unwrap();
    if forget {
        desk.store.evict(&Key::table(&desk.server, &desk.user)); // as if it had expired
    }
    loop {
        match told {
            Poll::Ready(told) => return ([told.unwrap().effect, end.effect], meets),
            Poll::Pending => told = handler.as_mut().poll(&mut context),
        }
    }
}

/// A start and an end are each told of once, by whichever handler has done it; an activity is no
/// start.
fn check_told(event: &SessionEvent, told: [Effect; 2]) {
    use Effect::{Adopted, Ended, Started, StartedAndEnded, Unchanged, Unknown};
    let each_once: &[_] = match event.kind {
        EventKind::Activity => &[[Adopted, Ended], [Ended, Unknown], [Unchanged, Unknown]],
        _ => &[[Started, Ended], [StartedAndEnded, Unknown]],
    };
    assert!(each_once.contains(&told), "{:?}: {told:?}", event.kind);
}

#[test]
fn no_session_is_left_wherever_they_meet() {
    // Later than a tombstone lives as well: the log may be that late.
    let late = LeaseTimes::DEFAULT_RESERVATION_TTL + seconds(60);
    for delay in [seconds(1), late] {
        for (has_table, forget) in [(true, false), (false, false), (false, true)] {
            for kind in [connected(false, HOME), EventKind::Activity] {
                let mut meets = 0;
                for steps in 0..40 {
                    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
                    if has_table {
                        assert!(desk.admit(Phase::Password, HOME, 9, START.after(delay)));
                    }
                    let mut event = desk.event("aaa", kind, START);
                    event.user = Some(desk.user.clone());
                    let (told, met) = end_after(&desk, &event, steps, delay, forget);
                    meets += u32::from(met);
                    check_told(&event, told);
                    let table = desk.table(START.after(delay));
                    let none = Entries::default();
                    assert_eq!(table.sessions(), &none, "{kind:?} {steps} {delay:?} {has_table}");
                }
                assert!((5..40).contains(&meets), "{meets}");
            }
        }
    }
}
