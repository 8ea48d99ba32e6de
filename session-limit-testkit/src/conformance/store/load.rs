//! The cases about loads of several items, and about keys that look alike.

use std::sync::atomic::{AtomicBool, Ordering};

use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::store::{Key, Store, Write};

use crate::conformance::bench::LONG;
use crate::conformance::{Bench, Subject};

/// If a missing item is an error, every first login is refused.
pub fn a_missing_item_is_none<S: Subject>(bench: &Bench<'_, S>) {
    assert!(bench.get(&bench.key()).is_none(), "nothing has been written");
}

/// A value under the wrong key counts one user's leases against another.
pub fn a_load_answers_in_order<S: Subject>(bench: &Bench<'_, S>) {
    let [first, missing, second] = [bench.key(), bench.session(), bench.session()];
    bench.put(&first, b"1", LONG);
    bench.put(&second, b"2", LONG);
    let items = [(&first, Some(&b"1"[..])), (&missing, None), (&second, Some(&b"2"[..]))];
    for (one, of_one) in items {
        for (other, of_other) in items.into_iter().filter(|(other, _)| *other != one) {
            let loaded = bench.load(&[one.clone(), other.clone()]);
            let values: Vec<_> =
                loaded.iter().map(|item| item.as_ref().map(|item| &item.value[..])).collect();
            assert_eq!(values, [of_one, of_other], "of {one} and {other}");
        }
    }
}

/// If the identity provider does not see an end that the tracker wrote, the slot stays taken. A
/// login that it does not see is not counted.
pub fn what_one_handle_writes_every_other_reads<S: Subject>(bench: &Bench<'_, S>) {
    for writer in bench.handles() {
        let key = bench.key();
        for reader in bench.handles() {
            assert!(bench.get_by(reader, &key).is_none(), "nothing has been written");
        }
        let written = bench.subject().run(writer.add(&key, b"x", LONG, bench.now()));
        assert_eq!(written.expect("an add"), Write::Done);
        for reader in bench.handles() {
            let read = bench.get_by(reader, &key).map(|item| item.value);
            assert_eq!(read.as_deref(), Some(&b"x"[..]), "by another handle");
        }
    }
}

/// The lease ledger reads the table first and then the session's record. In the other order it
/// would miss an end that falls in between, and the slot would stay taken until it expires.
pub fn items_are_read_in_the_order_of_their_keys<S: Subject>(bench: &Bench<'_, S>) {
    let now = bench.now();
    // The table's key comes first in one pair and last in the other, whatever the keys are like.
    let pairs = || {
        let (table, session) = (bench.key(), bench.session());
        let (other_table, other_session) = (bench.key(), bench.session());
        [[table, session], [other_session, other_table]]
    };
    // One task writes the second of each pair and then the first, while others read them: who
    // sees the first must see the second.
    bench.repeat(pairs, |items| {
        let pairs: Vec<_> =
            items.as_flattened().iter().map(|keys| (keys, Progress::default())).collect();
        bench.race(&pairs, async |store, task, (keys, progress)| {
            let read = async || {
                let read = store.load(&keys[..], now).await.expect("a load");
                assert_eq!(read.len(), 2, "one answer for each key");
                let seen = [read[0].is_some(), read[1].is_some()];
                assert_ne!(seen, [true, false], "the second key was read before the first");
            };
            if task == 0 {
                let _over = Over(progress);
                // Not before somebody reads; nobody does where all others have failed.
                for _ in 0..MOST_WAITS {
                    if progress.begun.load(Ordering::Relaxed) {
                        break;
                    }
                    read().await;
                }
                for key in [&keys[1], &keys[0]] {
                    let written = store.add(key, b"x", LONG, now).await;
                    assert_eq!(written.expect("an add"), Write::Done);
                }
                return;
            }
            while !progress.over.load(Ordering::Relaxed) {
                read().await;
                progress.begun.store(true, Ordering::Relaxed);
            }
        });
    });
}

/// Number of times that the writer looks whether another task has begun to read.
const MOST_WAITS: usize = 1_000;

/// The progress of the tasks that read one pair.
#[derive(Default)]
struct Progress {
    begun: AtomicBool,
    over: AtomicBool,
}

/// Tells the other tasks that the writer is done, also after a panic.
struct Over<'a>(&'a Progress);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

/// A store that takes two keys for the same lets one user's logins refuse another's.
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
