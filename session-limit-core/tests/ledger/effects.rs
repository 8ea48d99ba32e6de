//! The effects that a ledger tells of: duplicates, events in the wrong order and events that come
//! too late are told apart.

use std::sync::Arc;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{
    CounterLedger, CounterSettings, Effect, KeyPhase, LeaseLedger, LeaseSettings, LeaseTimes,
    Ledger as _, Matched,
};
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::MemoryStore;
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected, seconds};
use crate::stepped::{Fault, Stepped, finish};

const SESSION_TTL: std::time::Duration = LeaseTimes::DEFAULT_SESSION_TTL;

fn desk() -> Desk {
    Desk::new(KeyPhase::Auto, AuthenticationMethods::Password)
}

/// The effects of these events of a session. Its end and activities name the user, as a log stream
/// may, or do not.
fn effects(names_user: bool, events: &[(char, Timestamp)], now: Timestamp) -> Vec<Effect> {
    let desk = desk();
    let observe = |&(kind, at): &(char, Timestamp)| {
        let kind = match kind {
            'c' => connected(false, HOME),
            'a' => EventKind::Activity,
            _ => EventKind::Ended,
        };
        let mut event = desk.event("aaa", kind, at);
        event.user = event.user.or(names_user.then(|| desk.user.clone()));
        desk.tell(&event, now).effect
    };
    events.iter().map(observe).collect()
}

#[test]
fn each_start_and_end_is_told_once() {
    use Effect::{Ended, Started, Unchanged};
    for names_user in [false, true] {
        let events = [('c', START), ('c', START), ('e', START), ('e', START), ('c', START)];
        let told = effects(names_user, &events, START);
        assert_eq!(told, [Started, Unchanged, Ended, Unchanged, Unchanged], "{names_user}");
    }
}

#[test]
fn an_end_before_its_start_is_no_duplicate() {
    use Effect::{StartedAndEnded, Unchanged, Unknown};
    for names_user in [false, true] {
        let events = [('e', START), ('e', START), ('c', START), ('c', START), ('e', START)];
        let told = effects(names_user, &events, START);
        assert_eq!(told, [Unknown, Unchanged, StartedAndEnded, Unchanged, Unchanged]);
    }
}

#[test]
fn a_session_that_only_an_activity_told_of_is_adopted_and_then_started() {
    use Effect::{Adopted, Ended, Started, Unchanged};
    let events = [('a', START), ('a', START), ('c', START), ('e', START)];
    assert_eq!(effects(true, &events, START), [Adopted, Unchanged, Started, Ended]);
}

#[test]
fn what_comes_too_late_is_no_duplicate() {
    use Effect::{TooLate, Unchanged};
    let now = START.after(SESSION_TTL);
    let events = [('c', START), ('a', START), ('e', now), ('e', now), ('c', START)];
    let told = effects(false, &events, now);
    assert_eq!(told, [TooLate, Unchanged, TooLate, Unchanged, TooLate]);
    assert_eq!(effects(true, &[('a', START)], now), [TooLate]);
    // Silent for so long that it was taken for ended.
    let desk = desk();
    desk.observe("aaa", connected(false, HOME), START, START);
    assert_eq!(desk.observe("aaa", EventKind::Ended, now, now), TooLate);
    assert_eq!(desk.observe("aaa", EventKind::Ended, now, now.after(seconds(1))), Unchanged);
}

#[test]
fn it_is_told_since_when_a_session_is_or_was() {
    let (later, end) = (START.after(seconds(7 * 3_600)), START.after(seconds(8 * 3_600)));
    let in_order = [(connected(false, HOME), START), (EventKind::Activity, later)];
    for names_user in [false, true] {
        let desk = desk();
        let tell = |session, kind, at| {
            let mut event = desk.event(session, kind, at);
            event.user = event.user.or(names_user.then(|| desk.user.clone()));
            desk.tell(&event, end).connected
        };
        for (kind, at) in in_order {
            assert_eq!(tell("aaa", kind, at), Some(START), "{kind:?}");
        }
        assert_eq!(tell("aaa", EventKind::Ended, end), Some(START));
        assert_eq!(tell("bbb", EventKind::Ended, end), None);
        assert_eq!(tell("bbb", connected(false, HOME), START), Some(START));
    }
}

/// The next attempt finds what it wrote, and that is no duplicate.
#[test]
fn an_effect_is_told_even_if_the_store_does_not_confirm_it() {
    use Effect::{Adopted, Ended, Started};
    let desk = desk();
    let tell = |session: &str, kind, fault| {
        let store = Stepped::new(desk.store.clone(), Arc::default(), fault);
        let ledger = LeaseLedger::new(store, LeaseSettings::default());
        let mut event = desk.event(session, kind, START);
        event.user = Some(desk.user.clone());
        finish(ledger.observe(&event, START))
            .map(|observed| (observed.effect, observed.connected, observed.matched))
    };
    for operation in 0..8 {
        let fault = Some((operation, Fault::ReplyLost));
        let nothing = Some(Matched::Nothing);
        for (session, kind, effect, matched) in [
            ("active", EventKind::Activity, Adopted, None),
            ("start", connected(false, HOME), Started, nothing),
            ("start", EventKind::Ended, Ended, None),
        ] {
            let session = format!("{session}-{operation}");
            // A load that fails fails the event, which is then delivered again.
            let told = tell(&session, kind, fault).or_else(|_| tell(&session, kind, None));
            assert_eq!(told, Ok((effect, Some(START), matched)), "operation {operation}");
        }
    }
}

/// An end after half a start: the record is written first, and nothing is late about the end.
#[test]
fn an_end_is_not_late_because_its_start_has_failed_halfway() {
    use Effect::{Ended, StartedAndEnded, Unknown};
    for operation in 0..4 {
        let desk = desk();
        let store =
            Stepped::new(desk.store.clone(), Arc::default(), Some((operation, Fault::RequestLost)));
        let ledger = LeaseLedger::new(store, LeaseSettings::default());
        let start = desk.event("aaa", connected(false, HOME), START);
        let has_started = finish(ledger.observe(&start, START)).is_ok();
        let end = desk.observe("aaa", EventKind::Ended, START, START);
        assert_eq!(end, if has_started { Ended } else { Unknown }, "operation {operation}");
        if !has_started {
            let told = desk.tell(&start, START);
            assert_eq!((told.effect, told.matched), (StartedAndEnded, Some(Matched::Nothing)));
        }
    }
}

#[test]
fn a_counter_tells_a_start_that_comes_after_its_end() {
    use Effect::{Started, StartedAndEnded, Unchanged, Unknown};
    let desk = desk();
    let settings = CounterSettings::new(SESSION_TTL);
    let ledger = CounterLedger::new(MemoryStore::new(), settings).unwrap();
    let tell = |session, kind| {
        block_on(ledger.observe(&desk.event(session, kind, START), START)).unwrap().effect
    };
    assert_eq!(tell("aaa", EventKind::Ended), Unknown);
    assert_eq!(tell("aaa", connected(false, HOME)), StartedAndEnded);
    assert_eq!(tell("aaa", connected(false, HOME)), Unchanged);
    assert_eq!(tell("bbb", connected(false, HOME)), Started);
    assert_eq!(tell("bbb", connected(false, HOME)), Unchanged);
}
