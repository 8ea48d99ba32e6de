//! The cases of [`TableStore`].

use std::time::Duration;

use session_limit_core::store::{
    Key, LONGEST_TTL, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use super::bench::{LONG, VersionOf};
use super::store::assert_one_winner;
use super::{Bench, Subject};

/// A swap that never succeeds admits nobody.
pub fn a_known_version_is_replaced<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"0", LONG);
    for round in 1..20 {
        let version = bench.version(&key);
        let _ = bench.load(&[key.clone(), key.clone()]); // reading changes no version
        let value = round.to_string();
        assert_eq!(bench.replace(&key, &version, value.as_bytes()), Write::Done);
        assert_eq!(bench.value(&key).as_deref(), Some(value.as_bytes()));
    }
}

/// A swap by an old version loses another login's lease and admits one too many.
pub fn a_stale_version_conflicts<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"first", LONG);
    let stale = bench.version(&key);
    assert_eq!(bench.replace(&key, &stale, b"second"), Write::Done);
    assert_eq!(bench.replace(&key, &stale, b"third"), Write::Conflict, "the version is stale");
    assert_eq!(bench.value(&key).as_deref(), Some(&b"second"[..]), "a conflict writes nothing");
    let version = bench.version(&key);
    assert_eq!(bench.replace(&key, &version, b"third"), Write::Done, "the version is good");
}

/// If a version is a hash of the value, a swap succeeds although two other changes came in between.
pub fn the_same_value_is_another_version<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"same", LONG);
    let stale = bench.version(&key);
    assert_eq!(bench.replace(&key, &stale, b"same"), Write::Done);
    assert_eq!(bench.replace(&key, &stale, b"other"), Write::Conflict, "it has been written since");
}

/// A version that is counted in one byte comes back after 256 writes. A slow caller then brings
/// back leases that are long gone.
pub fn no_version_comes_back<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"first", LONG);
    let stale = bench.version(&key);
    for _ in 0..300 {
        let version = bench.version(&key);
        assert_eq!(bench.replace(&key, &version, b"next"), Write::Done);
        assert_eq!(bench.replace(&key, &stale, b"late"), Write::Conflict, "the version is stale");
    }
}

/// A swap that creates an item brings back a table that others know to be gone.
pub fn a_missing_item_is_not_replaced<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"old", bench.short());
    let version = bench.version(&key);
    bench.pass_half();
    bench.pass_rest();
    assert_eq!(bench.replace(&key, &version, b"new"), Write::Conflict, "the item has expired");
    assert!(bench.get(&key).is_none(), "a conflict writes nothing");
}

/// If versions are counted from 1 for each item, a new item is taken for the old one.
pub fn a_recreated_item_is_another_version<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"same", bench.short());
    let stale = bench.version(&key);
    bench.pass_half();
    bench.pass_rest();
    bench.put(&key, b"same", LONG);
    assert_eq!(bench.replace(&key, &stale, b"x"), Write::Conflict, "this is another item");
    assert_eq!(bench.value(&key).as_deref(), Some(&b"same"[..]));
}

/// A version stands for one state of one item. If it fits another one too, the swap has no
/// condition.
pub fn a_version_of_another_item_conflicts<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let (one, other) = (bench.key(), bench.key());
    bench.put(&one, b"1", LONG);
    let stale = bench.version(&one);
    assert_eq!(bench.replace(&one, &stale, b"2"), Write::Done);
    // As many writes as the other has seen.
    bench.put(&other, b"1", LONG);
    let version = bench.version(&other);
    assert_eq!(bench.replace(&other, &version, b"2"), Write::Done);
    for version in [&stale, &version] {
        assert_eq!(bench.replace(&one, version, b"x"), Write::Conflict);
    }
    assert_eq!(bench.value(&one).as_deref(), Some(&b"2"[..]));
}

/// If two swaps win, both callers believe that the last slot is theirs.
pub fn of_racing_swaps_one_wins<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let now = bench.now();
    // A version is good only for the handle that has loaded it.
    let written_once = || {
        let key = bench.key();
        bench.put(&key, b"start", LONG);
        let versions = bench.handles().iter().map(|store| bench.version_by(store, &key)).collect();
        (key, versions)
    };
    let swap = async |store: &S::Store, task: usize, item: &(Key, Vec<VersionOf<S>>)| {
        let (key, versions) = item;
        let (value, version) = (task.to_string(), &versions[task % versions.len()]);
        let write = store.replace(key, version, value.as_bytes(), LONG, now).await;
        (write.expect("a swap under contention"), value)
    };
    bench.repeat(written_once, |items| {
        for ((key, _), written) in items.iter().zip(bench.race(items, swap)) {
            assert_one_winner(bench, key, written);
        }
    });
}

/// A lost change is a lease that is not counted, or one that stays for ever.
pub fn racing_swaps_lose_nothing<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let now = bench.now();
    bench.repeat(
        || (),
        |turns| {
            let key = bench.key();
            bench.put(&key, b"0", LONG);
            let most = turns.len() * bench.subject().tasks();
            bench.race(turns, async |store, _, ()| {
                // Each failure means that another swap went through.
                for _ in 0..most {
                    if add_one(store, &key, now).await == Write::Done {
                        return;
                    }
                }
                panic!("a swap failed although nobody else's went through");
            });
            let expected = most.to_string();
            assert_eq!(bench.value(&key).as_deref(), Some(expected.as_bytes()), "swaps were lost");
        },
    );
}

async fn add_one<S: TableStore>(store: &S, key: &Key, now: Timestamp) -> Write {
    let mut loaded = store.load(std::slice::from_ref(key), now).await.expect("a load");
    let Versioned { value, version, .. } = loaded.remove(0).expect("the item is there");
    let written = store.replace(key, &version, &one_more(&value), LONG, now).await;
    written.expect("a swap under contention")
}

/// A table that keeps its first time to live expires under its sessions.
pub fn a_swap_sets_the_time_to_live<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let (longer, shorter) = (bench.key(), bench.key());
    bench.put(&longer, b"x", bench.short());
    bench.put(&shorter, b"x", LONG);
    bench.pass_half();
    for key in [&longer, &shorter] {
        let version = bench.version(key);
        assert_eq!(bench.replace_for(key, &version, b"y", bench.short()), Write::Done);
    }
    bench.pass_half();
    bench.pass(bench.subject().grain() / 2);
    assert!(bench.get(&longer).is_some(), "the swap has not prolonged the item's life");
    bench.pass_rest();
    for key in [&longer, &shorter] {
        assert!(bench.get(key).is_none(), "the item outlives the time that the swap has set");
    }
}

/// A host that is told the end of the previous item believes that its own clock is wrong.
pub fn the_life_that_a_swap_leaves_is_told_rightly_or_not_at_all<S: Subject<Store: TableStore>>(
    bench: &Bench<'_, S>,
) {
    let key = bench.key();
    bench.put(&key, b"first", LONG);
    let stale = bench.version(&key);
    // Whether that is done, and this is not, is for other cases to see.
    if bench.replace_for(&key, &stale, b"second", bench.short()) == Write::Done {
        bench.assert_remaining(bench.get(&key), bench.short());
        if let Swap::Conflict(there) = bench.replace_or_load(&key, &stale, b"third", LONG) {
            bench.assert_remaining(there, bench.short());
        }
    }
}

/// A short time that is rounded down becomes 0, which means "for ever" to some servers.
pub fn the_shortest_life_of_a_swap_is_not_forever<S: Subject<Store: TableStore>>(
    bench: &Bench<'_, S>,
) {
    let key = bench.key();
    bench.put(&key, b"x", LONG);
    let version = bench.version(&key);
    let written = bench.replace_for(&key, &version, b"y", Duration::from_millis(1));
    assert_eq!(written, Write::Done);
    bench.pass_rest();
    assert!(bench.get(&key).is_none(), "the item outlives the time that the swap has set");
}

/// Some servers take a very long time for a date in the past. The table, and its leases, would be
/// gone at once.
pub fn the_longest_life_of_a_swap_is_not_over_at_once<S: Subject<Store: TableStore>>(
    bench: &Bench<'_, S>,
) {
    let key = bench.key();
    bench.put(&key, b"x", bench.short());
    let version = bench.version(&key);
    assert_eq!(bench.replace_for(&key, &version, b"y", LONGEST_TTL), Write::Done);
    bench.pass_half();
    bench.pass_rest();
    assert!(bench.get(&key).is_some(), "the item is gone before its time");
}

/// If a refused swap prolongs the life of a table, retries keep a table alive that nobody writes.
pub fn a_refused_swap_does_not_prolong<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"first", bench.short());
    let stale = bench.version(&key);
    assert_eq!(bench.replace_for(&key, &stale, b"second", bench.short()), Write::Done);
    bench.pass_half();
    assert_eq!(bench.replace(&key, &stale, b"third"), Write::Conflict);
    bench.pass_rest();
    assert!(bench.get(&key).is_none(), "a refused swap has prolonged the item's life");
}

/// A limit is accepted if its table fits. If the store then does not keep that table, every login
/// is refused.
pub fn the_largest_value_is_swapped_in<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let (key, value) = (bench.key(), vec![0xa5; bench.store().max_value_len()]);
    bench.put(&key, b"x", LONG);
    let version = bench.version(&key);
    assert_eq!(bench.replace(&key, &version, &value), Write::Done);
    assert!(bench.value(&key) == Some(value), "the largest value is not what was written");
}

/// If a table is lost because its successor is too large, everybody's leases are forgotten.
pub fn a_swap_too_large_is_rejected<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let (key, value) = (bench.key(), vec![0xa5; bench.store().max_value_len() + 1]);
    bench.put(&key, b"old", LONG);
    let version = bench.version(&key);
    let store = bench.store();
    let written = bench.subject().run(store.replace(&key, &version, &value, LONG, bench.now()));
    let is_rejected = matches!(written, Err(StoreError::Rejected(_)));
    assert!(is_rejected, "a value over max_value_len has to be Rejected, not {written:?}");
    assert_eq!(bench.value(&key).as_deref(), Some(&b"old"[..]), "what was there is still there");
    let version = bench.version(&key);
    assert_eq!(bench.replace(&key, &version, b"new"), Write::Done);
}

/// A caller that has lost a race needs the current value. With the old one it would lose again each
/// time.
pub fn a_failed_swap_finds_what_there_is<S: Subject<Store: TableStore>>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"first", bench.short());
    let mut version = bench.version(&key);
    for round in 2..20 {
        let (stale, value) = (version, format!("round {round}").into_bytes());
        let written = bench.replace_or_load(&key, &stale, &value, LONG);
        assert!(matches!(written, Swap::Done), "the version is good");
        let Swap::Conflict(Some(there)) = bench.replace_or_load(&key, &stale, b"x", LONG) else {
            panic!("the version is stale, and there is an item");
        };
        assert_eq!(there.value, value, "a conflict writes nothing, and finds the latest value");
        version = there.version;
    }
    bench.pass_half();
    bench.pass_rest();
    assert!(bench.get(&key).is_some(), "the swap has not prolonged the item's life");
}

/// A value that is found where there is no item brings back leases that have expired.
pub fn a_failed_swap_of_a_missing_item_finds_nothing<S: Subject<Store: TableStore>>(
    bench: &Bench<'_, S>,
) {
    let key = bench.key();
    bench.put(&key, b"old", bench.short());
    let version = bench.version(&key);
    bench.pass_half();
    bench.pass_rest();
    let swap = bench.replace_or_load(&key, &version, b"new", LONG);
    assert!(matches!(swap, Swap::Conflict(None)), "the item has expired");
    assert!(bench.get(&key).is_none(), "a conflict writes nothing");
}

/// The value that a failed swap finds has to be as good as one that is loaded.
pub fn racing_swaps_that_find_what_there_is_lose_nothing<S: Subject<Store: TableStore>>(
    bench: &Bench<'_, S>,
) {
    let now = bench.now();
    let written_once = || {
        let key = bench.key();
        bench.put(&key, b"0", LONG);
        key
    };
    let most = bench.subject().tasks();
    bench.repeat(written_once, |keys| {
        bench.race(keys, async |store, _, key| {
            let mut items = store.load(std::slice::from_ref(key), now).await.expect("a load");
            let mut there = items.remove(0).expect("the item is there");
            // Each failure means that another swap went through.
            for _ in 0..most {
                let value = one_more(&there.value);
                let swap = store.replace_or_load(key, &there.version, &value, LONG, now).await;
                match swap.expect("a swap under contention") {
                    Swap::Done => return,
                    Swap::Conflict(found) => there = found.expect("the item is there"),
                }
            }
            panic!("a swap failed although nobody else's went through");
        });
        let expected = most.to_string();
        for key in keys {
            assert_eq!(bench.value(key).as_deref(), Some(expected.as_bytes()), "swaps were lost");
        }
    });
}

fn one_more(value: &[u8]) -> Vec<u8> {
    let number: usize = String::from_utf8_lossy(value).parse().expect("a number");
    (number + 1).to_string().into_bytes()
}
