//! The meaning of an answer to the operation that asked.

use std::time::Duration;

use memcache::exp::ReturnCode;
use session_limit_core::store::{Key, LONGEST_TTL, StoreError, Versioned, Write};

use crate::reply::Reply;
use crate::version::{Seen, Version};

/// The item that was asked for, if it exists.
pub(crate) fn item(
    key: &Key,
    reply: Reply,
    seen: Seen,
) -> Result<Option<Versioned<Version>>, StoreError> {
    match reply {
        Reply { code: ReturnCode::En, .. } => Ok(None),
        Reply { code: ReturnCode::Va, value: Some(value), cas: Some(cas), ttl, .. } => {
            let version = Version { cas, seen };
            Ok(Some(Versioned { value, version, remaining: remaining(ttl) }))
        }
        _ => Err(unexpected(key)),
    }
}

/// The time for which an item lives on, by the seconds in the answer. The server's clock may tick
/// while it answers. A time below zero then comes as a number larger than any that was set.
fn remaining(ttl: Option<i64>) -> Option<Duration> {
    let remaining = Duration::from_secs(u64::try_from(ttl?).ok()?);
    (remaining <= LONGEST_TTL).then_some(remaining)
}

/// The result of a conditional write.
pub(crate) fn written(key: &Key, reply: Option<&Reply>) -> Result<Write, StoreError> {
    match reply.map(|reply| reply.code) {
        Some(ReturnCode::Hd) => Ok(Write::Done),
        Some(ReturnCode::Ns | ReturnCode::Ex | ReturnCode::Nf) => Ok(Write::Conflict),
        // It may mean anything, also that it is done.
        _ => Err(ambiguous(key)),
    }
}

/// The number in an answer. The server pads one that has become shorter with blanks.
pub(crate) fn number(key: &Key, reply: &Reply) -> Result<Option<u64>, StoreError> {
    let Some(value) = &reply.value else { return Ok(None) };
    let text = std::str::from_utf8(value).ok().map(|text| text.trim_end_matches(' '));
    let number = text.and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| StoreError::Corrupt(format!("{key} is not a number")))
}

/// The error of a question that got an answer of another kind.
pub(super) fn unexpected(key: &Key) -> StoreError {
    StoreError::Unavailable(format!("{key}: the answer does not fit the request"))
}

/// The error of an order that got an answer of another kind.
pub(super) fn ambiguous(key: &Key) -> StoreError {
    StoreError::Ambiguous(format!("{key}: the answer does not fit the request"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_life_that_can_be_is_told() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (ttl, told) in [
            (Some(0), seconds(0)),
            (Some(300), seconds(300)),
            (Some(2_592_000), seconds(2_592_000)),
            (Some(2_592_001), None),
            (Some(i64::from(u32::MAX)), None),
            (Some(-1), None),
            (None, None),
        ] {
            assert_eq!(remaining(ttl), told, "{ttl:?}");
        }
    }
}
