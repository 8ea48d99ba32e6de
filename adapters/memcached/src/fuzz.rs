//! The part of this crate that the project's fuzz targets reach; not for anybody else.

use memcache::exp::ReturnCode;
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::{Key, LONGEST_TTL, Write};

use crate::reply::{Reply, Unwelcome, decode};
use crate::store::answer;
use crate::version::{Proven, Seen};

/// The longest value that is accepted here.
const LONGEST: usize = 1_000;

/// Decodes `bytes` as answers, one after the other, and checks each.
///
/// # Panics
/// An answer would be taken for another: it depends on how its bytes arrive or on what follows, or
/// an operation makes of it what it does not say.
pub fn reply(mut bytes: &[u8]) {
    while let Ok(Some((reply, consumed))) = decode(bytes, LONGEST) {
        let Some((whole, rest)) = bytes.split_at_checked(consumed) else {
            panic!("an answer ends behind its last byte")
        };
        assert!(!whole.is_empty(), "an answer of no bytes");
        assert!(reply.value.as_ref().is_none_or(|value| value.len() <= LONGEST));
        assert_eq!(reply.value.is_some(), reply.code == ReturnCode::Va);
        check_framing(whole, &reply);
        check_meaning(&reply);
        bytes = rest;
    }
}

/// However the bytes come in, it is this answer as soon as the last is there and not before.
fn check_framing(whole: &[u8], reply: &Reply) {
    for upto in 0..whole.len() {
        let early = decode(whole.get(..upto).unwrap_or_default(), LONGEST);
        assert!(matches!(early, Ok(None)), "decoded before its end: {early:?}");
    }
    let more = [whole, b"HD\r\n"].concat();
    let decoded: Result<_, Unwelcome> = decode(&more, LONGEST);
    assert!(matches!(decoded, Ok(Some((again, len))) if again == *reply && len == whole.len()));
}

/// A write is done only if the server says so, a number is one, and nothing is there only if the
/// server says that.
fn check_meaning(reply: &Reply) {
    let (Ok(server), Ok(user)) = (ServerId::new("s-1"), UserName::new("alice")) else { return };
    let key = Key::table(&server, &user);
    if let Ok(done) = answer::written(&key, Some(reply)) {
        assert_eq!(done == Write::Done, reply.code == ReturnCode::Hd);
    }
    let on = Proven::now(([127, 0, 0, 1], 1).into());
    if let Ok(item) = answer::item(&key, reply.clone(), Seen { on, horizon: 0 }) {
        assert_eq!(item.is_none(), reply.code == ReturnCode::En);
        let said = reply.value.clone().zip(reply.cas);
        let longest = item.as_ref().and_then(|item| item.remaining);
        assert!(longest.is_none_or(|remaining| remaining <= LONGEST_TTL));
        assert!(item.is_none() || item.map(|item| (item.value, item.version.cas)) == said);
    }
    if let Ok(number) = answer::number(&key, reply) {
        assert_eq!(number.is_some(), reply.code == ReturnCode::Va);
    }
}
