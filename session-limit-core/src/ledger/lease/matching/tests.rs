//! The matching against another way to say the same: all starts in their order, each the oldest
//! eligible reservation that no earlier one has.

use proptest::prelude::*;

use super::*;

const REACH: Reach = Reach { login_time: Duration::from_millis(6), skew: Duration::from_millis(1) };

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(100 + millis)
}

/// The pairs, and which reservations are left, if all starts are matched at once.
fn at_once(created: &[Timestamp], starts: &[Timestamp]) -> (Vec<Pair>, Vec<Timestamp>) {
    let mut starts = starts.to_vec();
    starts.sort_unstable();
    let mut open = created.to_vec();
    let mut pairs = Vec::new();
    for start in starts {
        if let Some(place) = open.iter().position(|created| REACH.covers(start, *created)) {
            pairs.push(Pair { start, created: open.remove(place) });
        }
    }
    (pairs, open)
}

/// The same, if the starts are handled one after the other.
fn one_by_one(created: &[Timestamp], starts: &[Timestamp]) -> (Vec<Pair>, Vec<Timestamp>) {
    let (mut pairs, mut open) = (Vec::new(), created.to_vec());
    for start in starts {
        if let Entered::Took(place) = enter(&mut pairs, &open, *start, REACH) {
            open.remove(place);
        }
    }
    (pairs, open)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn it_is_a_function_of_the_facts(
        mut created in prop::collection::vec((0_u64..40).prop_map(at), 0..12),
        mut starts in prop::collection::vec((0_u64..40).prop_map(at), 0..12),
    ) {
        created.sort_unstable();
        let expected = at_once(&created, &starts);
        prop_assert_eq!(one_by_one(&created, &starts), expected.clone());
        starts.reverse();
        prop_assert_eq!(one_by_one(&created, &starts), expected);
    }
}

#[test]
fn a_late_start_takes_what_it_would_have_taken_in_time() {
    // The first two logins start in the order in which they came; the second is handled first, and
    // takes the reservation of the first, which is the older one.
    let created = [at(0), at(4)];
    let (mut pairs, mut open) = (Vec::new(), created.to_vec());
    assert_eq!(enter(&mut pairs, &open, at(5), REACH), Entered::Took(0));
    open.remove(0);
    // The first has started too early for the younger one: the second makes room.
    assert_eq!(enter(&mut pairs, &open, at(1), REACH), Entered::Took(0));
    let expected = [(1, 0), (5, 4)].map(|(s, c)| Pair { start: at(s), created: at(c) });
    assert_eq!(pairs, expected);
}

#[test]
fn one_left_without_is_forgotten() {
    let mut pairs = Vec::new();
    assert_eq!(enter(&mut pairs, &[at(0)], at(1), REACH), Entered::Took(0));
    assert_eq!(enter(&mut pairs, &[], at(0), REACH), Entered::Displaced);
    assert_eq!(enter(&mut pairs, &[], at(2), REACH), Entered::Nothing);
    assert_eq!(pairs, [Pair { start: at(0), created: at(0) }]);
}
