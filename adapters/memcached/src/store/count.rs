//! Arithmetic, for the counter ledger.

use std::time::Duration;

use memcache::exp::ReturnCode;
use session_limit_core::store::{CounterStore, Key, StoreError};
use session_limit_core::time::Timestamp;

use super::MemcachedStore;
use super::answer::{ambiguous, number, unexpected};
use crate::reply::Reply;
use crate::request::Request;

impl CounterStore for MemcachedStore {
    async fn increment(&self, key: &Key, ttl: Duration, _: Timestamp) -> Result<u64, StoreError> {
        let reply = self.ask(key, &Request::increment(key, ttl)?).await?;
        match number(key, &reply)? {
            // After 0 comes 1; it was the largest number, and is now one that admits everybody.
            Some(0) => Err(StoreError::Corrupt(format!("{key} has overflowed"))),
            Some(value) => Ok(value),
            None => Err(ambiguous(key)),
        }
    }

    async fn decrement(&self, key: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        let reply = self.ask(key, &Request::decrement(key)?).await?;
        match reply.code {
            ReturnCode::Nf => Ok(None),
            ReturnCode::Va => number(key, &reply),
            _ => Err(ambiguous(key)),
        }
    }

    async fn count(&self, key: &Key, _: Timestamp) -> Result<Option<u64>, StoreError> {
        let reply = self.ask(key, &Request::load(std::slice::from_ref(key))?).await?;
        match reply.code {
            ReturnCode::En => Ok(None),
            ReturnCode::Va => number(key, &reply),
            _ => Err(unexpected(key)),
        }
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, _: Timestamp) -> Result<(), StoreError> {
        let deadline = self.deadline();
        for run in self.runs(keys) {
            let Some(first) = run.first() else { continue };
            let (_, replies) = self.ask_all(first, &Request::touch(run, ttl)?, deadline).await?;
            let is_known = |reply: &Reply| matches!(reply.code, ReturnCode::Hd | ReturnCode::En);
            if !replies.iter().all(is_known) {
                return Err(ambiguous(first));
            }
        }
        Ok(())
    }
}
