//! The events of sessions in every order and number: S3, S4 and S5.

use proptest::prelude::*;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{Effect, KeyPhase};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;

use crate::desk::{Desk, HOME, START, connected, seconds};

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
