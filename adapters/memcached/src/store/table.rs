//! Compare-and-swap, for the lease ledger.

use std::time::Duration;

use session_limit_core::store::{Key, StoreError, Swap, TableStore, Write};
use session_limit_core::time::Timestamp;

use super::MemcachedStore;
use super::answer::{item, unexpected, written};
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::node::{Answers, Via};
use crate::request::Request;
use crate::version::Version;

/// The longest value after which another command is sent at once.
///
/// A server reads up to 16 KiB at a time, and of a longer request what is left of the value by
/// itself. Over TLS the rest of that record is then in its memory, where it does not look before
/// something else comes. A request with this value, its command and the next is one record and read
/// in one go.
pub(super) const LONGEST_PAIRED: usize = 15 * 1024;

impl TableStore for MemcachedStore {
    async fn replace(
        &self,
        key: &Key,
        version: &Version,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check_len(value)?;
        let request = Request::swap(key, version.cas, value, ttl)?;
        match self.ask_swap(key, version, &request, self.deadline()).await? {
            Some(answers) => written(key, answers.replies.first()),
            None => Ok(Write::Conflict),
        }
    }

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &Version,
        value: &[u8],
        ttl: Duration,
        _: Timestamp,
    ) -> Result<Swap<Version>, StoreError> {
        self.check_len(value)?;
        let deadline = self.deadline();
        let request = match value.len() {
            ..=LONGEST_PAIRED => Request::swap_and_load(key, version.cas, value, ttl)?,
            _ => Request::swap(key, version.cas, value, ttl)?,
        };
        if let Some(answers) = self.ask_swap(key, version, &request, deadline).await? {
            let mut replies = answers.replies.into_iter();
            if written(key, replies.next().as_ref())? == Write::Done {
                return Ok(Swap::Done);
            }
            if let Some(there) = replies.next() {
                return Ok(Swap::Conflict(item(key, there, answers.seen)?));
            }
        }
        let request = Request::load(std::slice::from_ref(key))?;
        let (seen, replies) = self.ask_all(key, &request, deadline).await?;
        let there = replies.into_iter().next().ok_or_else(|| unexpected(key))?;
        Ok(Swap::Conflict(item(key, there, seen)?))
    }
}

impl MemcachedStore {
    /// Asks for a swap on a connection that the version is good for, if there still is one.
    async fn ask_swap(
        &self,
        key: &Key,
        version: &Version,
        request: &Request,
        deadline: Deadline,
    ) -> Result<Option<Answers>, StoreError> {
        let node = self.node_of(key)?;
        match node.exchange(request, Via::Valid(&version.seen), deadline).await {
            Ok(answers) => Ok(Some(answers)),
            Err(Failure::VersionGone) => Ok(None),
            Err(failure) => Err(failure.into_store_error(node.address(), request.effect())),
        }
    }
}
