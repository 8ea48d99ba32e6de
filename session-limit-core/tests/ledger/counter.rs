//! The counter ledger's invariants.

use std::time::Duration;

use proptest::prelude::*;
use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{
    CounterLedger, CounterSettings, Effect, LeaseTimes, Ledger, Verdict,
};
use session_limit_core::login::Phase;
use session_limit_core::names::{SessionId, UserName};
use session_limit_core::store::{CounterStore, Key};

use crate::interleaving::Interleaving;
use crate::stepped::{Stepped, finish};
use crate::truth::Nature;

/// The nature of interleavings far from any expiry: a counter has one for all.
const NATURE: Nature = Nature {
    limits: (2, 2),
    login_time: Duration::from_secs(120),
    reservation_ttl: Duration::from_secs(300),
    session_ttl: Duration::from_secs(30 * 24 * 3_600),
    skew: Duration::from_secs(4),
    faults: false,
    keys: true,
    quiet_refusals: false,
};

fn ledger(store: Stepped, nature: &Nature) -> CounterLedger<Stepped> {
    let settings = CounterSettings::new(nature.session_ttl);
    CounterLedger::new(store, settings).unwrap()
}

fn count(run: &Interleaving<CounterLedger<Stepped>>) -> u32 {
    let key = Key::counter(&run.server, &run.user);
    let count = pollster::block_on(run.store.count(&key, run.now)).unwrap().unwrap_or(0);
    u32::try_from(count).unwrap()
}

fn follow(nature: Nature, schedule: &[u32]) -> Interleaving<CounterLedger<Stepped>> {
    let mut run = Interleaving::new(nature, ledger);
    for choice in schedule {
        run.step(*choice); // asserts that no admission exceeds the limit
        assert!(count(&run) >= run.truly_held(), "the counter fell below the truth");
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_count_is_admissions_less_releases(
        schedule in prop::collection::vec(any::<u32>(), 1..300),
    ) {
        let mut run = follow(NATURE, &schedule);
        run.settle();
        // Whoever was admitted and never connected is never released: a counter cannot know.
        prop_assert_eq!(count(&run), run.vanished);
    }

    #[test]
    fn no_crash_or_lost_reply_admits_one_too_many(
        schedule in prop::collection::vec(any::<u32>(), 1..300),
    ) {
        follow(Nature { faults: true, ..NATURE }, &schedule);
    }
}

#[test]
fn limits_of_nothing_and_limits_lowered() {
    let run = Interleaving::new(NATURE, ledger);
    let ledger = ledger(run.view(None), &NATURE);
    let admit = |limit| finish(ledger.admit(&run.request(limit), run.now)).unwrap();
    assert_eq!(admit(0).verdict, Verdict::Refused);
    assert_eq!(count(&run), 0);
    assert_eq!((admit(2).counted, admit(2).counted), (1, 2));
    let refused = admit(1);
    assert_eq!((refused.verdict, refused.counted), (Verdict::Refused, 2));
    assert_eq!(count(&run), 2);
}

#[test]
fn what_leaks_counts_until_nobody_has_logged_in_for_the_life_of_the_counter() {
    let run = Interleaving::new(NATURE, ledger);
    let ledger = ledger(run.view(None), &NATURE);
    let admit = |now| finish(ledger.admit(&run.request(1), now)).unwrap().verdict;
    assert_eq!(admit(run.now), Verdict::Admitted); // and vanishes
    let last = run.now.after(NATURE.session_ttl).before(Duration::from_millis(1));
    assert_eq!(admit(last), Verdict::Refused);
    let end = last.after(NATURE.session_ttl);
    assert_eq!(finish(ledger.count(&run.server, &run.user, end)).unwrap(), None);
    assert_eq!(admit(end), Verdict::Admitted);
}

#[test]
fn ends_of_sessions_that_a_store_has_forgotten_admit_as_many_above_the_limit() {
    let run = Interleaving::new(NATURE, ledger);
    let ledger = ledger(run.view(None), &NATURE);
    let admit = || finish(ledger.admit(&run.request(1), run.now)).unwrap().verdict;
    let observe = |kind| {
        let event = SessionEvent {
            server: run.server.clone(),
            session: SessionId::new("forgotten").unwrap(),
            user: Some(run.user.clone()),
            at: run.now,
            kind,
        };
        finish(ledger.observe(&event, run.now)).unwrap();
    };
    assert_eq!(admit(), Verdict::Admitted);
    observe(EventKind::connected(None, Some(Phase::Password)));
    run.store.evict(&Key::counter(&run.server, &run.user));
    assert_eq!((admit(), admit()), (Verdict::Admitted, Verdict::Refused));
    observe(EventKind::Ended);
    assert_eq!(admit(), Verdict::Admitted, "the second one still holds the only slot");
}

#[test]
fn a_count_and_the_user_of_a_session_can_be_looked_up() {
    let run = Interleaving::new(NATURE, ledger);
    let ledger = ledger(run.view(None), &NATURE);
    let (server, now) = (&run.server, run.now);
    let session = SessionId::new("aaa").unwrap();
    let count = || finish(ledger.count(server, &run.user, now)).unwrap();
    let user = || finish(ledger.user_of(server, &session, now)).unwrap();
    let observe = |kind, user: Option<&UserName>| {
        let (server, session) = (server.clone(), session.clone());
        let event = SessionEvent { server, session, user: user.cloned(), at: now, kind };
        finish(ledger.observe(&event, now)).unwrap();
    };
    assert_eq!((count(), user()), (None, None));
    finish(ledger.admit(&run.request(2), now)).unwrap();
    assert_eq!((count(), user()), (Some(1), None));
    observe(EventKind::connected(None, Some(Phase::Password)), Some(&run.user));
    assert_eq!((count(), user()), (Some(1), Some(run.user.clone())));
    observe(EventKind::Ended, None);
    assert_eq!(count(), Some(0));
}

/// An operator releases a session that is still open; it goes on for days, and then really ends.
#[test]
fn a_session_counted_as_ended_while_it_goes_on_is_not_counted_again() {
    let nature = Nature { session_ttl: LeaseTimes::DEFAULT_SESSION_TTL, ..NATURE };
    let mut run = Interleaving::new(nature, ledger);
    let ledger = ledger(run.view(None), &nature);
    let observe = |run: &Interleaving<_>, kind| {
        let event = SessionEvent {
            server: run.server.clone(),
            session: SessionId::new("aaa").unwrap(),
            user: Some(run.user.clone()),
            at: run.now,
            kind,
        };
        finish(ledger.observe(&event, run.now)).unwrap().effect
    };
    for _ in 0..3 {
        finish(ledger.admit(&run.request(3), run.now)).unwrap();
    }
    observe(&run, EventKind::connected(None, Some(Phase::Password)));
    assert_eq!(observe(&run, EventKind::Ended), Effect::Ended);
    for _ in 0..5 * 4 {
        run.now = run.now.after(Duration::from_secs(6 * 3_600));
        assert_eq!(observe(&run, EventKind::Activity), Effect::Renewed);
    }
    assert_eq!(observe(&run, EventKind::Ended), Effect::Unchanged);
    assert_eq!(count(&run), 2);
}
