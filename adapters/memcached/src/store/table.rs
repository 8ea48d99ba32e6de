//! Compare-and-swap.

use std::time::Duration;

use session_limit_core::store::{Key, Store as _, StoreError, Swap, TableStore, Write};
use session_limit_core::time::Timestamp;

use super::MemcachedStore;
use super::answer::{item, unexpected, written};
use crate::error::Failure;
use crate::node::{Answers, Via};
use crate::request::Request;
use crate::version::Version;

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
        match self.ask_swap(key, version, &request).await? {
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
        now: Timestamp,
    ) -> Result<Swap<Version>, StoreError> {
        self.check_len(value)?;
        let request = Request::swap_and_load(key, version.cas, value, ttl)?;
        let Some(answers) = self.ask_swap(key, version, &request).await? else {
            let items = self.load(std::slice::from_ref(key), now).await?;
            return Ok(Swap::Conflict(items.into_iter().next().flatten()));
        };
        let Answers { replies, seen } = answers;
        let mut replies = replies.into_iter();
        match written(key, replies.next().as_ref())? {
            Write::Done => Ok(Swap::Done),
            Write::Conflict => {
                let there = replies.next().ok_or_else(|| unexpected(key))?;
                Ok(Swap::Conflict(item(key, there, seen)?))
            }
        }
    }
}

impl MemcachedStore {
    /// Asks for a swap on a connection that the version is good for, if there still is one.
    async fn ask_swap(
        &self,
        key: &Key,
        version: &Version,
        request: &Request,
    ) -> Result<Option<Answers>, StoreError> {
        let node = self.node_of(key)?;
        match node.exchange(request, Via::Valid(&version.seen), self.deadline()).await {
            Ok(answers) => Ok(Some(answers)),
            Err(Failure::VersionGone) => Ok(None),
            Err(failure) => Err(failure.into_store_error(node.address(), request.effect())),
        }
    }
}
