//! Compare-and-swap.

use std::time::Duration;

use session_limit_core::store::{Key, StoreError, TableStore, Write};
use session_limit_core::time::Timestamp;

use super::MemcachedStore;
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
        self.ask_swap(key, version, &Request::swap(key, version.cas, value, ttl)?).await
    }
}
