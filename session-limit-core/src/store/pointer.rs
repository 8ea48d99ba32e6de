//! A store that several ledgers hold at once.

use std::sync::Arc;
use std::time::Duration;

use super::{CounterStore, Key, Store, StoreError, Swap, TableStore, Versioned, Write};
use crate::time::Timestamp;

/// Forwards to the store that is pointed to.
macro_rules! forward {
    ($pointer:ty) => {
        impl<S: Store> Store for $pointer {
            type Version = S::Version;

            async fn load(
                &self,
                keys: &[Key],
                now: Timestamp,
            ) -> Result<Vec<Option<Versioned<S::Version>>>, StoreError> {
                (**self).load(keys, now).await
            }

            async fn add(
                &self,
                key: &Key,
                value: &[u8],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<Write, StoreError> {
                (**self).add(key, value, ttl, now).await
            }

            fn max_value_len(&self) -> usize {
                (**self).max_value_len()
            }
        }

        impl<S: TableStore> TableStore for $pointer {
            async fn replace(
                &self,
                key: &Key,
                version: &S::Version,
                value: &[u8],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<Write, StoreError> {
                (**self).replace(key, version, value, ttl, now).await
            }

            async fn replace_or_load(
                &self,
                key: &Key,
                version: &S::Version,
                value: &[u8],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<Swap<S::Version>, StoreError> {
                (**self).replace_or_load(key, version, value, ttl, now).await
            }
        }

        impl<S: CounterStore> CounterStore for $pointer {
            async fn increment(
                &self,
                key: &Key,
                ttl: Duration,
                now: Timestamp,
            ) -> Result<u64, StoreError> {
                (**self).increment(key, ttl, now).await
            }

            async fn decrement(
                &self,
                key: &Key,
                now: Timestamp,
            ) -> Result<Option<u64>, StoreError> {
                (**self).decrement(key, now).await
            }

            async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
                (**self).count(key, now).await
            }

            async fn touch(
                &self,
                keys: &[Key],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<(), StoreError> {
                (**self).touch(keys, ttl, now).await
            }
        }
    };
}

forward!(&S);
forward!(Arc<S>);
