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

use crate::stepped::{Stepped, finish};
use crate::truth::Nature;
use crate::world::World;

/// Far from any expiry: a counter has one for all.
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

fn count(world: &World<CounterLedger<Stepped>>) -> u32 {
    let key = Key::counter(&world.server, &world.user);
    let count = pollster::block_on(world.store.count(&key, world.now)).unwrap().unwrap_or(0);
    u32::try_from(count).unwrap()
}

fn run(nature: Nature, schedule: &[u32]) -> World<CounterLedger<Stepped>> {
    let mut world = World::new(nature, ledger);
    for choice in schedule {
        world.step(*choice); // asserts that no admission exceeds the limit
        assert!(count(&world) >= world.truly_held(), "the counter fell below the truth");
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_count_is_admissions_less_releases(
        schedule in prop::collection::vec(any::<u32>(), 1..300),
    ) {
        let mut world = run(NATURE, &schedule);
        world.settle();
        // Whoever was admitted and never connected is never released: a counter cannot know.
        prop_assert_eq!(count(&world), world.vanished);
    }

    #[test]
    fn no_crash_or_lost_reply_admits_one_too_many(
        schedule in prop::collection::vec(any::<u32>(), 1..300),
    ) {
        run(Nature { faults: true, ..NATURE }, &schedule);
    }
}

#[test]
fn limits_of_nothing_and_limits_lowered() {
    let world = World::new(NATURE, ledger);
    let ledger = ledger(world.view(None), &NATURE);
    let admit = |limit| finish(ledger.admit(&world.request(limit), world.now)).unwrap();
    assert_eq!(admit(0).verdict, Verdict::Refused);
    assert_eq!(count(&world), 0);
    assert_eq!((admit(2).counted, admit(2).counted), (1, 2));
    let refused = admit(1);
    assert_eq!((refused.verdict, refused.counted), (Verdict::Refused, 2));
    assert_eq!(count(&world), 2);
}

#[test]
fn what_leaks_counts_until_nobody_has_logged_in_for_the_life_of_the_counter() {
    let world = World::new(NATURE, ledger);
    let ledger = ledger(world.view(None), &NATURE);
    let admit = |now| finish(ledger.admit(&world.request(1), now)).unwrap().verdict;
    assert_eq!(admit(world.now), Verdict::Admitted); // and vanishes
    let last = world.now.after(NATURE.session_ttl).before(Duration::from_millis(1));
    assert_eq!(admit(last), Verdict::Refused);
    let end = last.after(NATURE.session_ttl);
    assert_eq!(finish(ledger.count(&world.server, &world.user, end)).unwrap(), None);
    assert_eq!(admit(end), Verdict::Admitted);
}

#[test]
fn ends_of_sessions_that_a_store_has_forgotten_admit_as_many_above_the_limit() {
    let world = World::new(NATURE, ledger);
    let ledger = ledger(world.view(None), &NATURE);
    let admit = || finish(ledger.admit(&world.request(1), world.now)).unwrap().verdict;
    let observe = |kind| {
        let event = SessionEvent {
            server: world.server.clone(),
            session: SessionId::new("forgotten").unwrap(),
            user: Some(world.user.clone()),
            at: world.now,
            kind,
        };
        finish(ledger.observe(&event, world.now)).unwrap();
    };
    assert_eq!(admit(), Verdict::Admitted);
    observe(EventKind::connected(None, Some(Phase::Password)));
    world.store.evict(&Key::counter(&world.server, &world.user));
    assert_eq!((admit(), admit()), (Verdict::Admitted, Verdict::Refused));
    observe(EventKind::Ended);
    assert_eq!(admit(), Verdict::Admitted, "the second one still holds the only slot");
}

#[test]
fn a_count_and_the_user_of_a_session_can_be_looked_up() {
    let world = World::new(NATURE, ledger);
    let ledger = ledger(world.view(None), &NATURE);
    let (server, now) = (&world.server, world.now);
    let session = SessionId::new("aaa").unwrap();
    let count = || finish(ledger.count(server, &world.user, now)).unwrap();
    let user = || finish(ledger.user_of(server, &session, now)).unwrap();
    let observe = |kind, user: Option<&UserName>| {
        let (server, session) = (server.clone(), session.clone());
        let event = SessionEvent { server, session, user: user.cloned(), at: now, kind };
        finish(ledger.observe(&event, now)).unwrap();
    };
    assert_eq!((count(), user()), (None, None));
    finish(ledger.admit(&world.request(2), now)).unwrap();
    assert_eq!((count(), user()), (Some(1), None));
    observe(EventKind::connected(None, Some(Phase::Password)), Some(&world.user));
    assert_eq!((count(), user()), (Some(1), Some(world.user.clone())));
    observe(EventKind::Ended, None);
    assert_eq!(count(), Some(0));
}

/// An operator releases a session that is still open; it goes on for days, and then really ends.
#[test]
fn a_session_counted_as_ended_while_it_goes_on_is_not_counted_again() {
    let nature = Nature { session_ttl: LeaseTimes::DEFAULT_SESSION_TTL, ..NATURE };
    let mut world = World::new(nature, ledger);
    let ledger = ledger(world.view(None), &nature);
    let observe = |world: &World<_>, kind| {
        let event = SessionEvent {
            server: world.server.clone(),
            session: SessionId::new("aaa").unwrap(),
            user: Some(world.user.clone()),
            at: world.now,
            kind,
        };
        finish(ledger.observe(&event, world.now)).unwrap().effect
    };
    for _ in 0..3 {
        finish(ledger.admit(&world.request(3), world.now)).unwrap();
    }
    observe(&world, EventKind::connected(None, Some(Phase::Password)));
    assert_eq!(observe(&world, EventKind::Ended), Effect::Ended);
    for _ in 0..5 * 4 {
        world.now = world.now.after(Duration::from_secs(6 * 3_600));
        assert_eq!(observe(&world, EventKind::Activity), Effect::Renewed);
    }
    assert_eq!(observe(&world, EventKind::Ended), Effect::Unchanged);
    assert_eq!(count(&world), 2);
}
