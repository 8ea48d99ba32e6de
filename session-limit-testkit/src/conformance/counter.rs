//! The cases of [`CounterStore`].

use std::time::Duration;

use session_limit_core::store::{CounterStore, Key, LONGEST_TTL};

use super::bench::LONG;
use super::{Bench, Subject};

/// Too many or too few logins are admitted if counting does not start with 1, or if a number is
/// skipped or returned twice.
pub fn increments_count_from_one<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    for expected in 1..=120 {
        assert_eq!(bench.increment(&key), expected);
        assert_eq!(bench.count(&key), Some(expected), "what is told is what is stored");
    }
}

/// Two callers that get the same number both believe that the last slot is theirs.
pub fn racing_increments_are_told_different_numbers<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (now, tasks) = (bench.now(), tasks(bench));
    let increment = async |store: &S::Store, _, key: &Key| {
        store.increment(key, LONG, now).await.expect("an increment under contention")
    };
    bench.repeat(
        || bench.counter(),
        |keys| {
            for (key, mut told) in keys.iter().zip(bench.race(keys, increment)) {
                told.sort_unstable();
                assert_eq!(told, (1..=tasks).collect::<Vec<_>>(), "each number is told once");
                assert_eq!(bench.count(key), Some(tasks));
            }
        },
    );
}

/// A lost increment admits one login too many. A lost decrement leaves a slot taken.
pub fn racing_increments_and_decrements_add_up<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (now, tasks) = (bench.now(), tasks(bench));
    // Far enough from zero whoever comes first.
    let start = 2 * tasks;
    bench.repeat(
        || (),
        |turns| {
            let key = counted_to(bench, start);
            // More up than down, so that what is lost of the one does not make up for what is lost
            // of the other.
            bench.race(turns, async |store, task, ()| {
                for step in 0..3 {
                    let value = if step == task % 3 {
                        store.decrement(&key, now).await
                    } else {
                        store.increment(&key, LONG, now).await.map(Some)
                    };
                    let value = value.expect("arithmetic under contention");
                    assert!(value.is_some(), "the counter exists");
                }
            });
            let turns = u64::try_from(turns.len()).expect("a number that fits");
            assert_eq!(bench.count(&key), Some(start + turns * tasks), "each adds one in all");
        },
    );
}

/// A lost decrement leaves a slot taken until the counter expires.
pub fn racing_decrements_are_told_different_numbers<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (now, tasks) = (bench.now(), tasks(bench));
    let decrement = async |store: &S::Store, _, key: &Key| {
        store.decrement(key, now).await.expect("a decrement under contention")
    };
    bench.repeat(
        || counted_to(bench, tasks / 2),
        |keys| {
            for (key, mut told) in keys.iter().zip(bench.race(keys, decrement)) {
                told.retain(|value| *value != Some(0));
                told.sort_unstable();
                let each = (1..tasks / 2).map(Some).collect::<Vec<_>>();
                assert_eq!(told, each, "each number but 0 is told once");
                assert_eq!(bench.count(key), Some(0));
            }
        },
    );
}

/// Number of tasks that race for a counter.
fn tasks<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) -> u64 {
    u64::try_from(bench.subject().tasks()).expect("a number that fits")
}

fn counted_to<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>, number: u64) -> Key {
    let key = bench.counter();
    for _ in 0..number {
        bench.increment(&key);
    }
    key
}

/// A counter below zero admits one login too many for each step. A counter that wraps around admits
/// nobody.
pub fn a_decrement_stops_at_zero<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    bench.increment(&key);
    for _ in 0..3 {
        assert_eq!(bench.decrement(&key), Some(0));
        assert_eq!(bench.count(&key), Some(0));
    }
    assert_eq!(bench.increment(&key), 1, "nothing was owed");
}

/// Some servers keep the length of a number and fill it up with blanks: `10` becomes `9 `.
pub fn a_decrement_can_lose_a_digit<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    for _ in 0..10 {
        bench.increment(&key);
    }
    assert_eq!(bench.decrement(&key), Some(9));
    assert_eq!(bench.count(&key), Some(9));
    assert_eq!(bench.increment(&key), 10);
}

/// A counter that a decrement creates has no time to live, or counts sessions that do not exist.
pub fn a_missing_counter_is_not_decremented<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    assert_eq!(bench.decrement(&key), None, "nothing has been counted");
    assert_eq!(bench.count(&key), None, "a decrement creates nothing");
    assert!(bench.get(&key).is_none(), "a decrement creates nothing");
    assert_eq!(bench.increment(&key), 1);
}

/// If a missing counter is an error, every login that only looks is refused.
pub fn a_missing_counter_is_none<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    assert_eq!(bench.count(&key), None);
    assert!(bench.get(&key).is_none(), "looking creates nothing");
}

/// If counters mix, one user's logins refuse another's.
pub fn counters_do_not_mix<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let keys: Vec<_> = (0..20).map(|_| bench.counter()).collect();
    for (number, key) in (1..).zip(&keys) {
        for _ in 0..number {
            bench.increment(key);
        }
        bench.decrement(key);
    }
    for (number, key) in (0..).zip(&keys) {
        assert_eq!(bench.count(key), Some(number));
    }
}

/// Expiry is the only way in which a wrong counter becomes right again.
pub fn a_counter_expires<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    bench.increment_for(&key, bench.short());
    bench.pass_half();
    assert_eq!(bench.count(&key), Some(1), "the counter is gone before its time");
    bench.pass_rest();
    assert_eq!(bench.count(&key), None, "the counter outlives its time");
    assert_eq!(bench.decrement(&key), None, "an expired counter is a missing one");
    assert_eq!(bench.increment(&key), 1, "an expired counter starts anew");
}

/// A counter that expires under a busy user admits as many sessions once more. A counter that keeps
/// a longer life, such as one from before a change of the settings, becomes right too late.
pub fn an_increment_sets_the_time_to_live<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let (longer, shorter) = (bench.counter(), bench.counter());
    bench.increment_for(&longer, bench.short());
    bench.increment_for(&shorter, LONG);
    bench.pass_half();
    for key in [&longer, &shorter] {
        bench.increment_for(key, bench.short());
    }
    bench.pass_half();
    bench.pass(bench.subject().grain() / 2);
    assert_eq!(bench.count(&longer), Some(2), "an increment prolongs");
    bench.pass_rest();
    for key in [&longer, &shorter] {
        assert_eq!(bench.count(key), None, "the counter outlives the time that is set");
    }
}

/// If the ends of sessions prolong a counter, a wrong one never expires.
pub fn a_decrement_does_not_prolong<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    for _ in 0..3 {
        bench.increment_for(&key, bench.short());
    }
    bench.pass_half();
    assert_eq!(bench.decrement(&key), Some(2));
    bench.pass_rest();
    assert_eq!(bench.count(&key), None, "a decrement has prolonged the counter's life");
}

/// Without a touch, a counter expires under a long session, and one login too many is admitted. A
/// touch prolongs the life of the session's record in the same way.
pub fn a_touch_sets_the_time_to_live<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let (longer, shorter, untouched) = (bench.counter(), bench.counter(), bench.counter());
    let record = bench.session();
    for key in [&longer, &untouched] {
        bench.increment_for(key, bench.short());
    }
    bench.increment_for(&shorter, LONG);
    bench.put(&record, b"x", bench.short());
    bench.pass_half();
    for key in [&longer, &shorter, &record] {
        bench.touch(key, bench.short());
    }
    bench.pass_half();
    bench.pass(bench.subject().grain() / 2);
    assert_eq!(bench.count(&longer), Some(1), "a touch prolongs");
    assert_eq!(bench.value(&record).as_deref(), Some(&b"x"[..]), "a touch prolongs");
    bench.pass_rest();
    for key in [&longer, &shorter, &untouched] {
        assert_eq!(bench.count(key), None, "the counter outlives its time");
    }
    assert!(bench.get(&record).is_none(), "the record outlives its time");
}

/// A touch changes only the time to live, and the store has to tell the new one.
pub fn the_life_that_a_touch_leaves_is_told_rightly_or_not_at_all<
    S: Subject<Store: CounterStore>,
>(
    bench: &Bench<'_, S>,
) {
    let record = bench.session();
    bench.put(&record, b"x", LONG);
    bench.touch(&record, bench.short());
    bench.assert_remaining(bench.get(&record), bench.short());
}

/// A counter that a touch creates is not a number, or counts a session that never ends.
pub fn a_touch_creates_nothing<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let (missing, there) = (bench.counter(), bench.counter());
    bench.increment(&there);
    for key in [&missing, &there] {
        bench.touch(key, LONG);
    }
    assert_eq!(bench.count(&missing), None);
    assert!(bench.get(&missing).is_none());
    assert_eq!(bench.count(&there), Some(1), "a touch changes no number");
}

/// A short time that is rounded down becomes 0, which means "for ever" to some servers.
pub fn the_shortest_life_of_a_counter_is_not_forever<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (counted, touched) = (bench.counter(), bench.counter());
    bench.increment_for(&counted, Duration::from_millis(1));
    bench.increment(&touched);
    bench.touch(&touched, Duration::from_millis(1));
    bench.pass_rest();
    for key in [&counted, &touched] {
        assert_eq!(bench.count(key), None, "the counter outlives its time");
    }
}

/// Some servers take a very long time for a date in the past. The counter, and all its sessions,
/// would be gone at once.
pub fn the_longest_life_of_a_counter_is_not_over_at_once<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (counted, touched) = (bench.counter(), bench.counter());
    bench.increment_for(&counted, LONGEST_TTL);
    bench.increment(&touched);
    bench.touch(&touched, LONGEST_TTL);
    bench.pass_half();
    for key in [&counted, &touched] {
        assert_eq!(bench.count(key), Some(1), "the counter is gone before its time");
    }
}
