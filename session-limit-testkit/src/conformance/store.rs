//! The cases of [`Store`].

mod expiry;
mod limits;
mod load;

pub use expiry::{
    a_refused_add_does_not_prolong, an_added_item_expires, an_expired_item_can_be_added_again,
    the_life_that_is_left_is_told_rightly_or_not_at_all, the_longest_life_is_not_over_at_once,
    the_shortest_life_is_not_forever,
};
pub use limits::{
    a_value_too_large_is_rejected, an_empty_value_is_a_value, any_bytes_are_kept,
    the_largest_value_is_kept, the_longest_keys_are_kept,
};
pub use load::{
    a_load_answers_in_order, a_missing_item_is_none, items_are_read_in_the_order_of_their_keys,
    items_do_not_mix, what_one_handle_writes_every_other_reads,
};
use session_limit_core::store::{Key, Store, Write};

use super::bench::LONG;
use super::{Bench, Subject};

/// A value that is not read back is a lease that is not counted.
pub fn what_is_added_is_read<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    assert_eq!(bench.add(&key, b"value"), Write::Done);
    assert_eq!(bench.value(&key).as_deref(), Some(&b"value"[..]));
}

/// An add that overwrites forgets the leases of everybody else, and too many are admitted.
pub fn an_existing_item_is_not_added<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"first", LONG);
    for again in [&b"second"[..], b"first"] {
        assert_eq!(bench.add(&key, again), Write::Conflict, "the item exists");
    }
    assert_eq!(bench.value(&key).as_deref(), Some(&b"first"[..]), "a conflict writes nothing");
}

/// If two adds win, one session is ended twice and one login too many is admitted. If none wins, a
/// slot stays taken until it expires.
pub fn of_racing_adds_one_wins<S: Subject>(bench: &Bench<'_, S>) {
    let now = bench.now();
    let add = async |store: &S::Store, task: usize, key: &Key| {
        let value = task.to_string();
        let write = store.add(key, value.as_bytes(), LONG, now).await;
        (write.expect("an add under contention"), value)
    };
    bench.repeat(
        || bench.key(),
        |keys| {
            for (key, written) in keys.iter().zip(bench.race(keys, add)) {
                assert_one_winner(bench, key, written);
            }
        },
    );
}

/// Checks that exactly one task was told that it has written `key`, and that its value is there.
pub(super) fn assert_one_winner<S: Subject>(
    bench: &Bench<'_, S>,
    key: &Key,
    mut written: Vec<(Write, String)>,
) {
    written.retain(|(write, _)| *write == Write::Done);
    assert_eq!(written.len(), 1, "of all who write exactly one is told that it has");
    let kept = bench.value(key);
    assert_eq!(kept.as_deref(), Some(written[0].1.as_bytes()), "the winner's value is kept");
}
