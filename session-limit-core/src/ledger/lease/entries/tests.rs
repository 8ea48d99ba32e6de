//! Entries are a list, whatever is done to them.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::address::Address;
use crate::ledger::lease::Session;
use crate::names::SessionId;

#[derive(Clone, Debug)]
enum Op {
    Push(Session),
    Insert(Index, Session),
    Update(Index, bool),
    Remove(Index),
    DropGone(Timestamp),
}

/// A few entries, so that some are there twice and many are gone at the same time.
fn session() -> impl Strategy<Value = Session> {
    let source = any::<Option<[u8; 4]>>();
    ("[a-c]{1,3}|[x-z_-]{39,40}", any::<bool>(), 0_u64..9, 0_u64..9, source).prop_map(
        |(id, consumed, since, expires, source)| Session {
            id: SessionId::new(&id).unwrap(),
            consumed,
            since: Timestamp::from_millis(since),
            expires: Timestamp::from_millis(expires),
            source: source.map(|ip| Address::of(ip.into())),
        },
    )
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => session().prop_map(Op::Push),
        2 => (any::<Index>(), session()).prop_map(|(place, session)| Op::Insert(place, session)),
        1 => (any::<Index>(), any::<bool>()).prop_map(|(place, flag)| Op::Update(place, flag)),
        2 => any::<Index>().prop_map(Op::Remove),
        1 => (0_u64..9).prop_map(|now| Op::DropGone(Timestamp::from_millis(now))),
    ]
}

proptest! {
    #[test]
    fn they_are_a_list(ops in prop::collection::vec(op(), 0..40)) {
        let (mut entries, mut list) = (Entries::default(), Vec::<Session>::new());
        for op in ops {
            match op {
                Op::Push(session) => {
                    entries.push(&session);
                    list.push(session);
                }
                Op::Insert(place, session) => {
                    let place = place.index(list.len() + 1);
                    entries.insert(place, &session);
                    list.insert(place, session);
                }
                Op::Update(place, consumed) if !list.is_empty() => {
                    let place = place.index(list.len());
                    list[place].consumed = consumed;
                    entries.update(place, &list[place]);
                }
                Op::Remove(place) if !list.is_empty() => {
                    let place = place.index(list.len());
                    prop_assert_eq!(entries.remove(place), Some(list.remove(place)));
                }
                Op::Update(..) | Op::Remove(_) => {}
                Op::DropGone(now) => {
                    entries.drop_gone(now);
                    list.retain(|session| session.expires > now);
                }
            }
            let all: Vec<_> = entries.iter().collect();
            prop_assert_eq!(&all, &list);
            let again: Entries<_> = list.iter().cloned().collect();
            prop_assert_eq!(&entries, &again);
            prop_assert_eq!((entries.len(), entries.is_empty()), (list.len(), list.is_empty()));
            prop_assert_eq!(entries.last_goes(), list.iter().map(|session| session.expires).max());
            for (place, session) in list.iter().enumerate() {
                let first = list.iter().position(|other| other.id == session.id);
                prop_assert_eq!(entries.place_of(session.id.as_str()), first);
                prop_assert_eq!(entries.get(place), Some(session.clone()));
            }
        }
        prop_assert_eq!(entries.place_of("nobody"), None);
        prop_assert_eq!(entries.get(list.len()), None);
        prop_assert_eq!(entries.remove(list.len()), None);
        let (shown, expected) = (format!("{entries:?}"), format!("{list:?}"));
        prop_assert_eq!(shown, expected);
    }
}
