//! The session record, which tells the user of a session: the log of its end does not.
//!
//! A record only moves forward: absent, connected, ended. The handler of a start or an end moves it
//! before it changes the user's table or counter. In the lease ledger the handler of a start also
//! reads the record after it has read the table. So of a start and an end that run at once, at
//! least one sees the other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::codec::{self, DecodeError};
use crate::names::UserName;
use crate::store::{Key, LONGEST_TTL, Store, StoreError, Versioned, Write};
use crate::time::Timestamp;

/// The least time for which a record lives: as long as a log's and a Lambda's retries together.
const SHORTEST_LIFE: Duration = Duration::from_secs(48 * 60 * 60);

/// Room for most records: a user's name and two times.
const USUAL_LEN: usize = 64;

/// All that is known of one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SessionRecord {
    /// The session has started, as far as is known.
    Connected {
        user: UserName,
        /// The time of the event that created the record.
        at: Timestamp,
        /// The time from which the session's lease runs.
        renewed: Timestamp,
    },
    /// The session is over. The user is missing while only its end has been seen.
    Ended { user: Option<UserName>, at: Timestamp },
}

/// A record as it was found in the store.
pub(crate) struct Found<V> {
    /// `None` if it is damaged.
    pub(crate) record: Option<SessionRecord>,
    /// The version by which just this one can be replaced.
    pub(crate) version: V,
}

impl SessionRecord {
    pub(crate) fn connected(user: UserName, at: Timestamp) -> Self {
        Self::Connected { user, at, renewed: at }
    }

    pub(crate) fn into_user(self) -> Option<UserName> {
        match self {
            Self::Connected { user, .. } => Some(user),
            Self::Ended { user, .. } => user,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        codec::encode(self, USUAL_LEN)
    }

    /// The time for which a record lives from its last change. It is longer than the lease lives,
    /// so that a renewal which reached the lease but not the record does no harm.
    #[expect(clippy::arithmetic_side_effects, reason = "the divisor is not zero")]
    pub(crate) fn ttl(session_ttl: Duration) -> Duration {
        session_ttl.saturating_add(session_ttl / 2).max(SHORTEST_LIFE).min(LONGEST_TTL)
    }
}

/// Reads the record in `item`, which was loaded from a record's key.
pub(crate) fn found<V>(item: Option<Versioned<V>>) -> Result<Option<Found<V>>, StoreError> {
    let Some(Versioned { value, version, .. }) = item else { return Ok(None) };
    match codec::decode(&value) {
        Ok(record) => Ok(Some(Found { record: Some(record), version })),
        Err(DecodeError::Damaged) => Ok(Some(Found { record: None, version })),
        Err(DecodeError::Newer(version)) => Err(newer(version)),
    }
}

/// Reads the record under `key`.
pub(crate) async fn load<S: Store>(
    store: &S,
    key: &Key,
    now: Timestamp,
) -> Result<Option<Found<S::Version>>, StoreError> {
    found(store.load(std::slice::from_ref(key), now).await?.into_iter().next().flatten())
}

/// Creates the record under `key` unless there is one.
pub(crate) async fn add<S: Store>(
    store: &S,
    key: &Key,
    record: &SessionRecord,
    session_ttl: Duration,
    now: Timestamp,
) -> Result<Write, StoreError> {
    store.add(key, &record.encode(), SessionRecord::ttl(session_ttl), now).await
}

/// The error of state that a newer version has written. It must be left alone until this version is
/// gone.
pub(crate) fn newer(version: u8) -> StoreError {
    StoreError::Unavailable(format!(
        "it holds state of format {version}, which only a newer version of this software can read"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_outlives_its_lease_and_every_retry() {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        for (session_ttl, ttl) in [
            (hours(1), hours(48)),
            (hours(32), hours(48)),
            (hours(40), hours(60)),
            (LONGEST_TTL, LONGEST_TTL),
        ] {
            assert_eq!(SessionRecord::ttl(session_ttl), ttl, "{session_ttl:?}");
        }
    }
}
