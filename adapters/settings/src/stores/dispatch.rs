//! A store that is one of several, and hands each call on to the one that it is.

use session_limit_core::store::{Swap, Versioned};

/// Makes all of [`OpenStore`](super::OpenStore) that is particular to the listed stores. Behind each
/// there is a module with its type `Store` and its entry `KNOWN`.
macro_rules! stores {
    ($($(#[$built:meta])* $kind:ident($module:ident),)+) => {
        /// The stores, in the order in which errors list them.
        const STORES: &[Option<Known>] = &[$($(#[$built])* $module::KNOWN,)+];

        #[derive(Debug)]
        enum Kind {
            $($(#[$built])* $kind($module::Store),)+
        }

        #[derive(Clone, Debug)]
        enum Version {
            $($(#[$built])* $kind(<$module::Store as Store>::Version),)+
        }

        impl Store for OpenStore {
            type Version = OpenVersion;

            async fn load(
                &self,
                keys: &[Key],
                now: Timestamp,
            ) -> Result<Vec<Option<Versioned<OpenVersion>>>, StoreError> {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => {
                        let wrap = |version| OpenVersion(Version::$kind(version));
                        let items = store.load(keys, now).await?.into_iter();
                        Ok(items.map(|item| item.map(|item| dispatch::item(item, wrap))).collect())
                    })+
                }
            }

            async fn add(
                &self,
                key: &Key,
                value: &[u8],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<Write, StoreError> {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => store.add(key, value, ttl, now).await,)+
                }
            }

            fn max_value_len(&self) -> usize {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => store.max_value_len(),)+
                }
            }
        }

        // A version is good for the handle that loaded it and for no other, so a version of another
        // kind of store is a conflict.
        #[allow(unreachable_patterns, reason = "there may be one kind only")]
        impl TableStore for OpenStore {
            async fn replace(
                &self,
                key: &Key,
                version: &OpenVersion,
                value: &[u8],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<Write, StoreError> {
                match (&self.0, &version.0) {
                    $($(#[$built])* (Kind::$kind(store), Version::$kind(version)) => {
                        store.replace(key, version, value, ttl, now).await
                    })+
                    _ => Ok(Write::Conflict),
                }
            }

            async fn replace_or_load(
                &self,
                key: &Key,
                version: &OpenVersion,
                value: &[u8],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<Swap<OpenVersion>, StoreError> {
                match (&self.0, &version.0) {
                    $($(#[$built])* (Kind::$kind(store), Version::$kind(version)) => {
                        let wrap = |version| OpenVersion(Version::$kind(version));
                        let swap = store.replace_or_load(key, version, value, ttl, now).await?;
                        Ok(dispatch::swap(swap, wrap))
                    })+
                    _ => {
                        let items = self.load(std::slice::from_ref(key), now).await?;
                        Ok(Swap::Conflict(items.into_iter().next().flatten()))
                    }
                }
            }
        }

        impl CounterStore for OpenStore {
            async fn increment(
                &self,
                key: &Key,
                ttl: Duration,
                now: Timestamp,
            ) -> Result<u64, StoreError> {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => store.increment(key, ttl, now).await,)+
                }
            }

            async fn decrement(
                &self,
                key: &Key,
                now: Timestamp,
            ) -> Result<Option<u64>, StoreError> {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => store.decrement(key, now).await,)+
                }
            }

            async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => store.count(key, now).await,)+
                }
            }

            async fn touch(
                &self,
                keys: &[Key],
                ttl: Duration,
                now: Timestamp,
            ) -> Result<(), StoreError> {
                match &self.0 {
                    $($(#[$built])* Kind::$kind(store) => store.touch(keys, ttl, now).await,)+
                }
            }
        }
    };
}

/// The item with its version in another type.
pub(super) fn item<V, W>(item: Versioned<V>, wrap: impl FnOnce(V) -> W) -> Versioned<W> {
    let Versioned { value, version, remaining } = item;
    Versioned { value, version: wrap(version), remaining }
}

/// The same of what a swap brings along.
pub(super) fn swap<V, W>(swap: Swap<V>, wrap: impl FnOnce(V) -> W) -> Swap<W> {
    match swap {
        Swap::Done => Swap::Done,
        Swap::Conflict(there) => Swap::Conflict(there.map(|there| item(there, wrap))),
    }
}
