//! Loads of several items, and which items are which.

use std::sync::atomic::{AtomicUsize, Ordering};

use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::store::{Key, Store, Write};

use crate::conformance::bench::{LONG, let_others_run};
use crate::conformance::{Bench, Subject};

/// An error instead of nothing refuses every first login.
pub fn a_missing_item_is_none<S: Subject>(bench: &Bench<'_, S>) {
    assert!(bench.get(&bench.key()).is_none(), "nothing has been written");
}

/// A value under the wrong key counts one user's leases against another.
pub fn a_load_answers_in_order<S: Subject>(bench: &Bench<'_, S>) {
    let [first, missing, second] = [bench.key(), bench.key(), bench.key()];
    bench.put(&first, b"1", LONG);
    bench.put(&second, b"2", LONG);
    let keys = [&second, &missing, &first, &second, &missing, &second].map(Clone::clone);
    let values: Vec<_> = bench.load(&keys).into_iter().map(|item| item.map(|i| i.value)).collect();
    let (one, two) = (Some(b"1".to_vec()), Some(b"2".to_vec()));
    assert_eq!(values, [two.clone(), None, one, two.clone(), None, two]);
}

/// A request that a server does not understand may disturb those that follow.
pub fn a_load_of_nothing_is_empty<S: Subject>(bench: &Bench<'_, S>) {
    assert!(bench.load(&[]).is_empty());
    let key = bench.key();
    bench.put(&key, b"x", LONG);
    assert!(bench.get(&key).is_some(), "the next request is none the worse");
}

/// A batch of log messages loads many records at once; one lost is a slot left taken.
pub fn a_hundred_items_are_loaded_at_once<S: Subject>(bench: &Bench<'_, S>) {
    let keys: Vec<_> = (0..100).map(|_| bench.key()).collect();
    for (number, key) in keys.iter().enumerate().filter(|(number, _)| number % 3 > 0) {
        bench.put(key, number.to_string().as_bytes(), LONG);
    }
    let loaded = bench.load(&keys);
    assert_eq!(loaded.len(), 100, "one answer for each key");
    for (number, item) in loaded.into_iter().enumerate() {
        let expected = (number % 3 > 0).then(|| number.to_string().into_bytes());
        assert_eq!(item.map(|item| item.value), expected, "of key {number}");
    }
}

/// The lease ledger reads the table and then the session's record. Read the other way round, an
/// end that falls in between is missed, and its slot stays taken until it expires.
pub fn items_are_read_in_the_order_of_their_keys<S: Subject>(bench: &Bench<'_, S>) {
    const READERS: usize = 31;
    /// How long to wait for others, who may have failed.
    const PATIENCE: usize = 2_000;
    let pairs: Vec<_> = (0..32).map(|_| [bench.key(), bench.key()]).collect();
    let reading = AtomicUsize::new(0);
    let now = bench.now();
    // One task writes the second of each pair and then the first, while all others read them:
    // who sees the first must see the second.
    bench.race(READERS + 1, async |task| {
        for (number, keys) in pairs.iter().enumerate() {
            if task == 0 {
                for _ in 0..PATIENCE {
                    if reading.load(Ordering::Relaxed) == (number + 1) * READERS {
                        break;
                    }
                    let_others_run().await;
                }
                for key in [&keys[1], &keys[0]] {
                    let written = bench.store.add(key, b"x", LONG, now).await;
                    assert_eq!(written.expect("an add"), Write::Done);
                }
                continue;
            }
            reading.fetch_add(1, Ordering::Relaxed);
            for _ in 0..PATIENCE {
                let read = bench.store.load(keys, now).await.expect("a load");
                assert_eq!(read.len(), 2, "one answer for each key");
                let seen = [read[0].is_some(), read[1].is_some()];
                assert_ne!(seen, [true, false], "the second key was read before the first");
                if seen[0] {
                    break;
                }
                let_others_run().await;
            }
        }
    });
}

/// Keys that a store takes for the same let one user's logins refuse another's.
pub fn items_do_not_mix<S: Subject>(bench: &Bench<'_, S>) {
    let server = &bench.server;
    let other = ServerId::new(&format!("{server}0")).expect("a valid server id");
    let users = ["bob", "Bob", "bob.", "bobby", "bob@example.com", "b_b"];
    let users = users.map(|name| UserName::new(name).expect("a valid user name"));
    let session = SessionId::new("bob").expect("a valid session id");
    let mut keys = vec![Key::session(server, &session), Key::ended(server, &session)];
    for user in &users {
        keys.extend([Key::table(server, user), Key::counter(server, user)]);
        keys.push(Key::table(&other, user));
    }
    for key in &keys {
        bench.put(key, key.as_str().as_bytes(), LONG);
    }
    for key in &keys {
        assert_eq!(bench.value(key).as_deref(), Some(key.as_str().as_bytes()));
    }
}
