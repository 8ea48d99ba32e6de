//! What an answer means to the operation that asked.

use memcache::exp::ReturnCode;
use session_limit_core::store::{Key, StoreError, Versioned, Write};

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
        Reply { code: ReturnCode::Va, value: Some(value), cas: Some(cas), .. } => {
            Ok(Some(Versioned { value, version: Version { cas, seen } }))
        }
        _ => Err(unexpected(key)),
    }
}

/// What became of a conditional write.
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

/// To a question.
pub(super) fn unexpected(key: &Key) -> StoreError {
    StoreError::Unavailable(format!("{key}: an answer of another kind"))
}

/// To an order.
pub(super) fn ambiguous(key: &Key) -> StoreError {
    StoreError::Ambiguous(format!("{key}: an answer of another kind"))
}
