use super::*;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// Starts at these times, each half a second after its reservation.
fn of_class(phase: Phase, starts: impl IntoIterator<Item = u64>) -> ClassPairs {
    let pair = |start| Pair { start: at(start + 500), created: at(start) };
    ClassPairs {
        class: Class { phase, address: None },
        pairs: starts.into_iter().map(pair).collect(),
    }
}

#[test]
fn a_pair_takes_four_bytes_at_five_logins_a_second() {
    let steady =
        |count: u64| Pairs::from_classes(&[of_class(Phase::Password, (0..count).map(|n| n * 200))]);
    let added = steady(1_500).bytes().len() - steady(500).bytes().len();
    assert_eq!(added, 4 * 1_000);
}

#[test]
fn the_oldest_eighth_is_dropped_of_all_classes_together() {
    let mut pairs = Pairs::from_classes(&[
        of_class(Phase::Key, (0..8).map(|n| 2 * n)),
        of_class(Phase::Password, (0..8).map(|n| 2 * n + 1)),
    ]);
    pairs.drop_oldest();
    let left = [
        of_class(Phase::Key, (2..8).map(|n| 2 * n)),
        of_class(Phase::Password, (1..8).map(|n| 2 * n + 1)),
    ];
    assert_eq!(pairs.by_class(), left);
}

#[test]
fn what_is_dropped_from_comes_to_an_end() {
    let mut pairs = Pairs::from_classes(&[of_class(Phase::Key, [7; 20])]);
    for _ in 0..20 {
        pairs.drop_oldest();
    }
    assert!(pairs.is_empty());
    pairs.drop_oldest();
    assert!(pairs.is_empty());
}

#[test]
fn no_class_is_written_that_has_no_pairs() {
    let one = of_class(Phase::Password, [7]);
    let written = Pairs::from_classes(&[one]);
    let [kind, address, 1, ..] = written.bytes() else { panic!("{:?}", written.bytes()) };
    assert_eq!(Pairs::read(written.bytes()).as_ref(), Some(&written));
    assert!(format!("{written:?}").contains("Password"));
    assert_eq!(Pairs::read(&[*kind, *address, 0]), None);
}

#[test]
fn numbers_have_one_form() {
    for (expected, bytes) in [
        (Some(0), &[0][..]),
        (Some(127), &[0x7f]),
        (Some(128), &[0x80, 1]),
        (Some(u64::MAX), &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        (None, &[]),
        (None, &[0x80]),
        (None, &[0x80, 0]),
        (None, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 2]),
        (None, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    ] {
        assert_eq!(number(bytes).map(|(number, _)| number), expected, "{bytes:?}");
        if let Some(number) = expected {
            assert_eq!(postcard::to_allocvec(&number).unwrap(), bytes);
        }
    }
}
