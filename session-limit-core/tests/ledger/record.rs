//! The lease ledger's session record, which tells the user of a session: the log of its end does
//! not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pollster::block_on;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{
    Effect, KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes, Ledger as _, Observation,
};
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::{SessionId, UserName};
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected};
use crate::stepped::{Fault, Stepped, finish};

fn desk() -> Desk {
    Desk::new(KeyPhase::Auto, AuthenticationMethods::Password)
}

fn user_of(desk: &Desk) -> Option<UserName> {
    let session = SessionId::new("aaa").unwrap();
    block_on(desk.ledger.user_of(&desk.server, &session, START)).unwrap()
}

/// The number of writes with which the ledger handles `event`.
fn writes(desk: &Desk, event: &SessionEvent, now: Timestamp) -> u32 {
    let view = Stepped::new(desk.store.clone(), Arc::default(), None);
    let ledger = LeaseLedger::new(view.clone(), LeaseSettings::default());
    finish(ledger.observe(event, now)).unwrap();
    view.own_writes.load(Ordering::Relaxed)
}

/// An end that says whose session it was, as an operator does who releases it.
fn end_with_user(desk: &Desk) -> SessionEvent {
    let end = desk.event("aaa", EventKind::Ended, START);
    SessionEvent { user: Some(desk.user.clone()), ..end }
}

#[test]
fn the_user_of_a_session_can_be_looked_up_even_after_its_end() {
    let desk = desk();
    assert_eq!(user_of(&desk), None);
    for kind in [connected(false, HOME), EventKind::Ended] {
        desk.observe("aaa", kind, START, START);
        assert_eq!(user_of(&desk).as_ref(), Some(&desk.user), "{kind:?}");
    }
}

#[test]
fn whose_session_it_was_is_learnt_after_its_end() {
    for event in [end_with_user(&desk()), desk().event("aaa", connected(false, HOME), START)] {
        let desk = desk();
        desk.observe("aaa", EventKind::Ended, START, START);
        assert_eq!(user_of(&desk), None);
        assert_eq!(desk.tell(&event, START).user.as_ref(), Some(&desk.user), "{:?}", event.kind);
        assert_eq!(user_of(&desk).as_ref(), Some(&desk.user), "{:?}", event.kind);
    }
}

#[test]
fn it_is_learnt_wherever_the_store_fails_once() {
    for operation in 0..8 {
        for fault in [Fault::Unavailable, Fault::ReplyLost, Fault::RequestLost] {
            let desk = desk();
            desk.observe("aaa", EventKind::Ended, START, START);
            let view = Stepped::new(desk.store.clone(), Arc::default(), Some((operation, fault)));
            let ledger = LeaseLedger::new(view, LeaseSettings::default());
            let start = desk.event("aaa", connected(false, HOME), START);
            // What fails is delivered again.
            if finish(ledger.observe(&start, START)).is_err() {
                desk.tell(&start, START);
            }
            assert_eq!(user_of(&desk).as_ref(), Some(&desk.user), "{fault:?} at {operation}");
        }
    }
}

#[test]
fn an_end_that_is_repeated_writes_nothing() {
    let silent = desk().event("aaa", EventKind::Ended, START);
    for (first, again) in [
        (silent.clone(), silent.clone()),
        (end_with_user(&desk()), end_with_user(&desk())),
        (end_with_user(&desk()), silent),
    ] {
        let desk = desk();
        desk.tell(&first, START);
        assert_eq!(writes(&desk, &again, START), 0, "{first:?} {again:?}");
    }
}

#[test]
fn an_activity_soon_after_a_renewal_writes_nothing() {
    let desk = desk();
    let step = LeaseTimes::DEFAULT_SESSION_TTL / 4;
    let early = step - Duration::from_secs(1);
    let activity = |at| desk.event("aaa", EventKind::Activity, at);
    desk.observe("aaa", connected(false, HOME), START, START);
    for (after, expected) in [(early, 0), (step, 2), (step + early, 0), (step * 2, 2)] {
        let at = START.after(after);
        assert_eq!(writes(&desk, &activity(at), at), expected, "{at:?}");
        let mut again = Observation::new(Effect::Unchanged);
        again.user = Some(desk.user.clone());
        assert_eq!(desk.tell(&activity(at), at), again, "{at:?}");
    }
}
