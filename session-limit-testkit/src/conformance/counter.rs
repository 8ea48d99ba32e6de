//! The cases of [`CounterStore`].

use session_limit_core::store::{CounterStore, LONGEST_TTL};

use super::bench::LONG;
use super::{Bench, Subject};

/// A first number other than 1, or one skipped or told twice, admits too many or too few.
pub fn increments_count_from_one<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    for expected in 1..=120 {
        assert_eq!(bench.increment(&key), expected);
        assert_eq!(bench.count(&key), Some(expected), "what is told is what is stored");
    }
}

/// Two callers told the same number both believe that the last slot is theirs.
pub fn racing_increments_are_told_different_numbers<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (key, now) = (bench.counter(), bench.now());
    let mut told = bench.race(256, async |_| {
        bench.store.increment(&key, LONG, now).await.expect("an increment under contention")
    });
    told.sort_unstable();
    assert_eq!(told, (1..=256).collect::<Vec<u64>>(), "each number is told once");
    assert_eq!(bench.count(&key), Some(256));
}

/// A lost increment admits one login too many, a lost decrement leaves a slot taken.
pub fn racing_increments_and_decrements_add_up<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (key, now) = (bench.counter(), bench.now());
    for _ in 0..150 {
        bench.increment(&key);
    }
    bench.race(240, async |task| {
        let value = if task % 2 == 0 {
            bench.store.increment(&key, LONG, now).await.map(Some)
        } else {
            bench.store.decrement(&key, now).await
        };
        assert!(value.expect("arithmetic under contention").is_some(), "the counter exists");
    });
    assert_eq!(bench.count(&key), Some(150), "as many up as down");
}

/// A decrement lost to another leaves a slot taken until the counter expires.
pub fn racing_decrements_are_told_different_numbers<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let (key, now) = (bench.counter(), bench.now());
    for _ in 0..128 {
        bench.increment(&key);
    }
    let mut told = bench.race(256, async |_| {
        bench.store.decrement(&key, now).await.expect("a decrement under contention")
    });
    told.retain(|value| *value != Some(0));
    told.sort_unstable();
    assert_eq!(told, (1..128).map(Some).collect::<Vec<_>>(), "each number but 0 is told once");
    assert_eq!(bench.count(&key), Some(0));
}

/// Below zero the counter admits one login too many for each step; wrapped around it admits
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

/// Some servers keep the length of a number and fill up with blanks: `10` becomes `9 `.
pub fn a_decrement_can_lose_a_digit<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    for _ in 0..10 {
        bench.increment(&key);
    }
    assert_eq!(bench.decrement(&key), Some(9));
    assert_eq!(bench.count(&key), Some(9));
    assert_eq!(bench.increment(&key), 10);
}

/// A counter made by a decrement has no time to live, or says of nobody's sessions that they
/// count.
pub fn a_missing_counter_is_not_decremented<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    assert_eq!(bench.decrement(&key), None, "nothing has been counted");
    assert_eq!(bench.count(&key), None, "a decrement creates nothing");
    assert!(bench.get(&key).is_none(), "a decrement creates nothing");
    assert_eq!(bench.increment(&key), 1);
}

/// An error instead of nothing refuses every login that only looks.
pub fn a_missing_counter_is_none<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    assert_eq!(bench.count(&key), None);
    assert!(bench.get(&key).is_none(), "looking creates nothing");
}

/// One user's logins would refuse another's.
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

/// A counter heals by expiring and in no other way.
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

/// A counter that expires under a busy user admits all of them once more.
pub fn an_increment_prolongs<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let key = bench.counter();
    bench.increment_for(&key, bench.short());
    bench.pass_rest();
    bench.increment_for(&key, bench.short());
    bench.pass_half();
    assert_eq!(bench.count(&key), Some(2), "an increment sets the time to live anew");
    bench.pass_rest();
    assert_eq!(bench.count(&key), None, "the counter outlives its time");
}

/// Ends of sessions would keep alive what only an expiry heals.
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

/// Without it a counter expires under a session that lasts, and one too many is admitted.
pub fn a_touch_prolongs<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let (one, other, untouched) = (bench.counter(), bench.counter(), bench.counter());
    for key in [&one, &other, &untouched] {
        bench.increment_for(key, bench.short());
    }
    bench.pass_half();
    bench.touch(&[one.clone(), bench.counter(), other.clone()], bench.short());
    bench.touch(&[], bench.short());
    bench.pass_half();
    bench.pass(bench.subject().grain() / 2);
    assert_eq!([bench.count(&one), bench.count(&other)], [Some(1); 2], "a touch prolongs");
    bench.pass_rest();
    for key in [&one, &other, &untouched] {
        assert_eq!(bench.count(key), None, "the counter outlives its time");
    }
}

/// A counter made by a touch is not a number, or counts a session that nobody ends.
pub fn a_touch_creates_nothing<S: Subject<Store: CounterStore>>(bench: &Bench<'_, S>) {
    let (key, there) = (bench.counter(), bench.counter());
    bench.increment(&there);
    bench.touch(&[key.clone(), there.clone()], LONG);
    assert_eq!(bench.count(&key), None);
    assert!(bench.get(&key).is_none());
    assert_eq!(bench.count(&there), Some(1), "a touch changes no number");
}

/// Some servers take a time of more than 30 days for a date, long past: the counter is gone at
/// once and all its sessions with it.
pub fn the_longest_life_of_a_counter_is_not_over_at_once<S: Subject<Store: CounterStore>>(
    bench: &Bench<'_, S>,
) {
    let key = bench.counter();
    bench.increment_for(&key, LONGEST_TTL * 12);
    bench.pass_half();
    assert_eq!(bench.count(&key), Some(1), "an increment counts at once");
    bench.touch(std::slice::from_ref(&key), LONGEST_TTL * 12);
    bench.pass_half();
    assert_eq!(bench.count(&key), Some(1), "a touch prolongs");
}
