//! The events of sessions in every order and number: S3, S4 and S5.

use std::time::Duration;

use proptest::prelude::*;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::lease::{LeaseTimes, Table};
use session_limit_core::ledger::{Effect, KeyPhase};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::time::Timestamp;

use crate::desk::{Desk, HOME, START, connected, seconds};

/// A login of a user who has many, by key or not, from one of two addresses.
#[derive(Clone, Debug)]
struct Visit {
    asked: Timestamp,
    by_key: bool,
    source: [u8; 4],
    /// The events of its session and their times by the log; none if the login fails.
    events: Vec<(EventKind, Timestamp)>,
    /// A session of which no login is known comes beside it, as when the store was away.
    has_stranger: bool,
}

/// Logins within a minute, sessions that start and end within the next. The start may come late or
/// out of order, and clocks differ.
fn visit() -> impl Strategy<Value = Visit> {
    let millis = |most: u64| (0..most).prop_map(|time| Duration::from_millis(250 * time));
    let session = (millis(60), millis(60), millis(40), any::<bool>());
    (millis(240), any::<bool>(), any::<bool>(), prop::option::weighted(0.8, session), 0_u8..8)
        .prop_map(|(asked, by_key, is_away, session, stranger)| {
            let asked = START.after(asked);
            let source = if is_away { [198, 51, 100, 7] } else { HOME };
            let events = session.map(|(start, end, activity, ends)| {
                let start = asked.after(start);
                // By another clock than the start.
                let end = (EventKind::Ended, start.after(end).before(seconds(2)));
                let activity = (EventKind::Activity, start.after(activity));
                let events = [(connected(by_key, source), start), activity];
                events.into_iter().chain(ends.then_some(end)).collect()
            });
            let events = events.unwrap_or_default();
            Visit { asked, by_key, source, events, has_stranger: stranger == 0 }
        })
}

/// An event of a session, by its name, and when it happened.
type Told = (String, EventKind, Timestamp);

/// The table once every event has been handled. `orders` says how long after the event, and how
/// often. It is later than clocks differ, so that no login of that time is still to come.
fn table_after(visits: &[Visit], orders: &[(u64, Option<u64>)]) -> Table {
    let mut desk = Desk::new(KeyPhase::Strict, AuthenticationMethods::PublicKeyOrPassword);
    let mut steps: Vec<(Timestamp, usize, Option<Told>)> = Vec::new();
    let mut orders = orders.iter().cycle();
    for (number, visit) in visits.iter().enumerate() {
        steps.push((visit.asked, number, None));
        let strange = visit.events.first().filter(|_| visit.has_stranger);
        let own = visit.events.iter().map(|event| ("session", event));
        for (name, (kind, at)) in own.chain(strange.map(|event| ("stranger", event))) {
            let (first, again) = orders.next().unwrap();
            for delay in [Some(first), again.as_ref()].into_iter().flatten() {
                let delay = LeaseTimes::DEFAULT_SKEW + Duration::from_millis(1 + 250 * delay);
                let event = (format!("{name}-{number}"), *kind, *at);
                steps.push((at.after(delay), number, Some(event)));
            }
        }
    }
    steps.sort_by_key(|(now, number, event)| (*now, *number, event.is_some()));
    for (now, number, event) in steps {
        let Visit { by_key, source, .. } = visits[number];
        match event {
            None => {
                let phase = if by_key { Phase::Key } else { Phase::Password };
                assert!(desk.admit(phase, source, 1_000, now));
            }
            Some((session, kind, at)) => {
                let mut event = desk.event(&session, kind, at);
                event.user = Some(desk.user.clone());
                desk.tell(&event, now);
            }
        }
    }
    desk.table(START.after(seconds(240)))
}

/// Delays of up to about two minutes: within what is remembered, and before anything expires.
fn orders() -> impl Strategy<Value = Vec<(u64, Option<u64>)>> {
    let delay = || prop_oneof![0_u64..8, 0_u64..440];
    prop::collection::vec((delay(), prop::option::of(delay())), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// S4: whatever is delivered how often in which order, the table is the same.
    #[test]
    fn all_events_of_a_user_commute(
        visits in prop::collection::vec(visit(), 1..16),
        orders in [orders(), orders()],
    ) {
        let [first, second] = orders.map(|orders| table_after(&visits, &orders));
        prop_assert_eq!(first, second);
    }
}

proptest! {
    /// S3, S4: whatever is delivered how often in which order, one reservation is consumed and
    /// the session is gone, as long as its start and its end are among it.
    #[test]
    fn events_of_a_session_commute(
        mut deliveries in prop::collection::vec(0_u8..3, 0..8),
        order in prop::collection::vec(any::<prop::sample::Index>(), 10),
        pauses in prop::collection::vec(0_u64..20, 10),
    ) {
        deliveries.extend([0, 2]);
        let number = deliveries.len();
        for (place, index) in order.iter().enumerate().take(number) {
            deliveries.swap(place, index.index(number));
        }
        let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        prop_assert!(desk.admit(Phase::Password, HOME, 2, START));
        prop_assert!(desk.admit(Phase::Password, HOME, 2, START.after(seconds(1))));
        let connected_at = START.after(seconds(2));
        let mut now = START.after(seconds(10));
        for (kind, pause) in deliveries.iter().zip(&pauses) {
            now = now.after(seconds(*pause));
            match kind {
                0 => desk.observe("aaa", connected(false, HOME), connected_at, now),
                1 => desk.observe("aaa", EventKind::Activity, START.after(seconds(5)), now),
                _ => desk.observe("aaa", EventKind::Ended, START.after(seconds(8)), now),
            };
        }
        let table = desk.table(now);
        prop_assert_eq!(table.sessions().len(), 0);
        let tokens: Vec<_> = table.reservations().iter().map(|r| r.token.to_string()).collect();
        prop_assert_eq!(tokens, ["token-2"], "the oldest, and only it, is consumed");
    }

    /// L3 from both sides: with nothing failing and a log in order, a login is refused exactly
    /// when as many sessions as the limit are held.
    #[test]
    fn one_after_the_other_exactly_the_limit_gets_in(
        limit in 0_u32..5, steps in prop::collection::vec((any::<bool>(), 1_u64..4_000), 1..80),
    ) {
        let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        let (mut live, mut now) = (Vec::new(), START);
        for (number, (is_login, pause)) in steps.iter().enumerate() {
            now = now.after(seconds(*pause));
            if *is_login || live.is_empty() {
                let admitted = desk.admit(Phase::Password, HOME, limit, now);
                prop_assert_eq!(admitted, live.len() < limit as usize);
                if admitted {
                    let session = format!("session-{number}");
                    desk.observe(&session, connected(false, HOME), now, now.after(seconds(1)));
                    live.push(session);
                }
            } else {
                let session = live.remove(0);
                prop_assert_eq!(desk.observe(&session, EventKind::Ended, now, now), Effect::Ended);
            }
            for session in &live {
                desk.observe(session, EventKind::Activity, now, now);
            }
        }
    }

    /// S5: no event of one session ever removes another.
    #[test]
    fn another_sessions_events_remove_nothing(
        events in prop::collection::vec((0_u8..3, 0_u8..4), 0..30),
    ) {
        let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
        prop_assert!(desk.admit(Phase::Password, HOME, 9, START));
        let now = START.after(seconds(200)); // long enough for what follows to be somebody else's
        desk.observe("mine", connected(false, HOME), START, now);
        for (kind, session) in events {
            let kind = match kind {
                0 => connected(false, HOME),
                1 => EventKind::Activity,
                _ => EventKind::Ended,
            };
            desk.observe(&format!("other-{session}"), kind, now, now);
        }
        prop_assert!(desk.table(now).sessions().iter().any(|s| s.id.as_str() == "mine"));
    }
}
