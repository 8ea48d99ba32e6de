//! The cases about the longest keys, and about values of every form and size.

use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::store::{Key, Store, StoreError, Write};

use crate::conformance::bench::LONG;
use crate::conformance::{Bench, Subject};

/// A key that is cut short may be another user's key.
pub fn the_longest_keys_are_kept<S: Subject>(bench: &Bench<'_, S>) {
    let server = ServerId::new(&format!("{:f<66}", bench.server.as_str())).expect("a server id");
    let names = ["a", "b"].map(|last| "u".repeat(99) + last);
    let users = names.map(|name| UserName::new(&name).expect("a valid user name"));
    let ids = ["a", "b"].map(|last| "f".repeat(39) + last);
    let sessions = ids.map(|id| SessionId::new(&id).expect("a valid session id"));
    let of_users = users.iter().flat_map(|u| [Key::table(&server, u), Key::counter(&server, u)]);
    let of_sessions =
        sessions.iter().flat_map(|s| [Key::session(&server, s), Key::ended(&server, s)]);
    let keys: Vec<_> = of_users.chain(of_sessions).collect();
    for key in &keys {
        bench.put(key, key.as_str().as_bytes(), LONG);
    }
    for key in &keys {
        assert_eq!(bench.value(key).as_deref(), Some(key.as_str().as_bytes()));
    }
}

/// Values are binary. If a line break or a zero is taken for the end, the table is damaged.
pub fn any_bytes_are_kept<S: Subject>(bench: &Bench<'_, S>) {
    let every: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    for value in [&every[..], b"\r\n", b"\0", b"END\r\n", b"VA 1\r\nx\r\n", b"12", b" 7 ", b"\xff"]
    {
        let key = bench.key();
        bench.put(&key, value, LONG);
        assert_eq!(bench.value(&key).as_deref(), Some(value));
    }
}

/// An item with an empty value exists. It is not a missing item.
pub fn an_empty_value_is_a_value<S: Subject>(bench: &Bench<'_, S>) {
    let key = bench.key();
    bench.put(&key, b"", LONG);
    assert_eq!(bench.value(&key).as_deref(), Some(&b""[..]));
    assert_eq!(bench.add(&key, b"x"), Write::Conflict, "an empty item exists");
}

/// A limit is accepted if its table fits. If the store then does not keep that table, every login
/// is refused.
pub fn the_largest_value_is_kept<S: Subject>(bench: &Bench<'_, S>) {
    let (key, value) = (bench.key(), vec![0xa5; bench.store().max_value_len()]);
    bench.put(&key, &value, LONG);
    assert!(bench.value(&key) == Some(value), "the largest value is not what was written");
}

/// A value that is cut short is a damaged table. A value that puts the connection out of step gives
/// the next caller a reply that is not its own.
pub fn a_value_too_large_is_rejected<S: Subject>(bench: &Bench<'_, S>) {
    let (key, value) = (bench.key(), vec![0xa5; bench.store().max_value_len() + 1]);
    let written = bench.subject().run(bench.store().add(&key, &value, LONG, bench.now()));
    let is_rejected = matches!(written, Err(StoreError::Rejected(_)));
    assert!(is_rejected, "a value over max_value_len has to be Rejected, not {written:?}");
    assert!(bench.get(&key).is_none(), "what is rejected is not written");
    assert_eq!(bench.add(&key, b"small"), Write::Done, "the next request is none the worse");
    assert_eq!(bench.value(&key).as_deref(), Some(&b"small"[..]));
}
