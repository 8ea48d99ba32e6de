//! The cases about the time that items live.

use std::time::Duration;

use session_limit_core::store::{LONGEST_TTL, Store, Write};

use crate::conformance::bench::LONG;
use crate::conformance::{Bench, Subject};

/// A lease that is gone too early is not counted. A slot whose lease never expires is lost for
/// good.
pub fn an_added_item_expires<S: Subject>(bench: &Bench<'_, S>) {
    let (key, lasting) = (bench.key(), bench.key());
    bench.put(&key, b"x", bench.short());
    bench.put(&lasting, b"y", LONG);
    bench.pass_half();
    assert!(bench.get(&key).is_some(), "the item is gone before its time");
    bench.pass_rest();
    assert!(bench.get(&key).is_none(), "the item outlives its time");
    assert!(bench.get(&lasting).is_some(), "the item is gone with another's time");
}

/// If a refused add prolongs the life of an item, late duplicates keep marks alive and the store
/// fills up.
pub fn a_refused_add_does_not_prolong<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"x", bench.short());
    bench.pass_half();
    assert_eq!(bench.add(&key, b"y"), Write::Conflict, "the item exists");
    bench.pass_rest();
    assert!(bench.get(&key).is_none(), "a refused add has prolonged the item's life");
}

/// If an expired item still blocks an add, a user whose table has expired can never log in again.
pub fn an_expired_item_can_be_added_again<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"old", bench.short());
    bench.pass_half();
    bench.pass_rest();
    assert_eq!(bench.add(&key, b"new"), Write::Done, "the item has expired");
    assert_eq!(bench.value(&key).as_deref(), Some(&b"new"[..]));
}

/// A short time that is rounded down becomes 0, which means "for ever" to some servers.
pub fn the_shortest_life_is_not_forever<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"x", Duration::from_millis(1));
    bench.pass_rest();
    assert!(bench.get(&key).is_none(), "the item outlives its time");
}

/// Some servers take a very long time for a date in the past. The item, and its leases, would be
/// gone at once.
pub fn the_longest_life_is_not_over_at_once<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"x", LONGEST_TTL);
    bench.pass_half();
    assert!(bench.get(&key).is_some(), "the item is gone before its time");
}

/// A host learns from the remaining life how far its clock is ahead of another's. If that is told
/// too short, leases of others are dropped early and too many logins are admitted. If it is told
/// too long, slots that nobody needs stay taken. A store that goes by its caller's clock only tells
/// a fast host what that host believes.
pub fn the_life_that_is_left_is_told_rightly_or_not_at_all<S: Subject>(bench: &Bench<'_, S>) {
    let (short, long) = (bench.key(), bench.key());
    bench.put(&short, b"x", bench.short());
    bench.put(&long, b"y", LONG);
    bench.assert_remaining(bench.get(&short), bench.short());
    bench.assert_remaining(bench.get(&long), LONG);
    bench.pass_half();
    let passed = bench.short() / 2;
    bench.assert_remaining(bench.get(&short), bench.short() - passed);
    bench.assert_remaining(bench.get(&long), LONG - passed);
    let ahead = bench.now().after(LONG / 2);
    let loaded = bench.store().load(std::slice::from_ref(&long), ahead);
    let loaded = bench.subject().run(loaded).expect("a load");
    bench.assert_remaining(loaded.into_iter().next().flatten(), LONG - passed);
}
