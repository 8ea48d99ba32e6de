//! The ledger that the settings ask for, over a store of any kind.

use session_limit_core::ledger::{
    AnyLedger, CounterLedger, CounterSettings, CounterSettingsError, LeaseLedger, Untracked,
};
use session_limit_core::store::{CounterStore, LONGEST_TTL, Store, TableStore};

use crate::error::SettingError;
use crate::ledger_kind::LedgerKind;
use crate::settings::Settings;

impl Settings {
    /// Makes the ledger that `SESSION_LEDGER` asks for, over `store`; [`Untracked`] without one.
    ///
    /// # Errors
    /// The ledger does not go with another setting, or the default limit does not fit the store.
    pub fn ledger<S: TableStore + CounterStore>(
        &self,
        store: Option<S>,
    ) -> Result<AnyLedger<S>, SettingError> {
        Ok(match (store, self.ledger) {
            (None, _) => AnyLedger::Untracked(Untracked),
            (Some(store), LedgerKind::Lease) => AnyLedger::Lease(self.lease_ledger(store)?),
            (Some(store), LedgerKind::Counter) => AnyLedger::Counter(self.counter_ledger(store)?),
        })
    }

    /// Makes the lease ledger over `store`, which need not be a [`CounterStore`].
    ///
    /// # Errors
    /// `SESSION_LEDGER` asks for another ledger, or the default limit does not fit the store.
    pub fn lease_ledger<S: TableStore>(&self, store: S) -> Result<LeaseLedger<S>, SettingError> {
        self.check_kind(LedgerKind::Lease)?;
        self.check_default_limit(&store)?;
        Ok(LeaseLedger::new(store, self.lease()))
    }

    /// Makes the counter ledger over `store`, which need not be a [`TableStore`].
    ///
    /// # Errors
    /// `SESSION_LEDGER` asks for another ledger, or a setting does not go with the counter
    /// ledger.
    pub fn counter_ledger<S: CounterStore>(
        &self,
        store: S,
    ) -> Result<CounterLedger<S>, SettingError> {
        self.check_kind(LedgerKind::Counter)?;
        let settings = CounterSettings::new(self.times.session_ttl())
            .with_key_phase(self.key_phase)
            .with_methods(self.methods.clone());
        CounterLedger::new(store, settings).map_err(of_counter)
    }

    /// A ledger other than the one that was asked for would count nobody whom that one counts.
    fn check_kind(&self, kind: LedgerKind) -> Result<(), SettingError> {
        if self.ledger == kind {
            return Ok(());
        }
        Err(SettingError::new("SESSION_LEDGER", "the store has no such ledger", kind.name()))
    }

    fn check_default_limit(&self, store: &impl Store) -> Result<(), SettingError> {
        match self.ledger.largest_limit(store.max_value_len()) {
            Some(largest) if self.default_limit > largest => Err(SettingError::new(
                "DEFAULT_MAX_SESSION_LIMIT",
                "the leases of so many sessions do not fit one item of the store",
                format!("a whole number from 0 to {largest}, or a store of larger items"),
            )),
            _ => Ok(()),
        }
    }
}

/// The setting that a counter cannot be made with.
fn of_counter(error: CounterSettingsError) -> SettingError {
    let (name, accepted) = match error {
        CounterSettingsError::KeyPhaseCheck => ("KEY_PHASE", "auto or strict".to_owned()),
        CounterSettingsError::Zero | CounterSettingsError::TooLong => {
            let longest = LONGEST_TTL.as_secs();
            ("SESSION_TTL_SECONDS", format!("a whole number from 1 to {longest}"))
        }
        _ => ("SESSION_LEDGER", "lease".to_owned()),
    };
    SettingError::new(name, error.to_string(), accepted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use session_limit_core::ledger::KeyPhase;
    use session_limit_core::limit::SessionLimit;
    use session_limit_core::store::{Key, MemoryStore, StoreError, Versioned, Write};
    use session_limit_core::time::Timestamp;

    use super::*;
    use crate::store_setting::StoreSetting;

    fn settings(ledger: LedgerKind) -> Settings {
        let mut settings = Settings::new(StoreSetting::None);
        settings.ledger = ledger;
        settings
    }

    #[test]
    fn the_ledger_is_the_one_that_was_chosen() {
        let ledger = |kind, store| settings(kind).ledger(store).unwrap();
        let store = || Some(MemoryStore::new());
        assert!(matches!(ledger(LedgerKind::Lease, store()), AnyLedger::Lease(_)));
        assert!(matches!(ledger(LedgerKind::Counter, store()), AnyLedger::Counter(_)));
        for kind in [LedgerKind::Lease, LedgerKind::Counter] {
            assert!(matches!(ledger(kind, None), AnyLedger::Untracked(_)));
        }
    }

    /// A store that has compare-and-swap and nothing else.
    struct OnlySwaps(MemoryStore);

    impl Store for OnlySwaps {
        type Version = <MemoryStore as Store>::Version;

        async fn load(
            &self,
            keys: &[Key],
            now: Timestamp,
        ) -> Result<Vec<Option<Versioned<Self::Version>>>, StoreError> {
            self.0.load(keys, now).await
        }

        async fn add(
            &self,
            key: &Key,
            value: &[u8],
            ttl: Duration,
            now: Timestamp,
        ) -> Result<Write, StoreError> {
            self.0.add(key, value, ttl, now).await
        }

        fn max_value_len(&self) -> usize {
            self.0.max_value_len()
        }
    }

    impl TableStore for OnlySwaps {
        async fn replace(
            &self,
            key: &Key,
            version: &Self::Version,
            value: &[u8],
            ttl: Duration,
            now: Timestamp,
        ) -> Result<Write, StoreError> {
            self.0.replace(key, version, value, ttl, now).await
        }
    }

    #[test]
    fn a_store_without_counters_gets_a_lease_ledger_and_no_other() {
        let ledger = |kind| settings(kind).lease_ledger(OnlySwaps(MemoryStore::new()));
        assert!(ledger(LedgerKind::Lease).is_ok());
        let error = ledger(LedgerKind::Counter).err().unwrap().to_string();
        assert_eq!(error, "SESSION_LEDGER: the store has no such ledger; accepted: lease");
    }

    #[test]
    fn a_counter_is_made_only_where_one_is_asked_for() {
        let ledger = |kind| settings(kind).counter_ledger(MemoryStore::new());
        assert!(ledger(LedgerKind::Counter).is_ok());
        let error = ledger(LedgerKind::Lease).err().unwrap().to_string();
        assert_eq!(error, "SESSION_LEDGER: the store has no such ledger; accepted: counter");
    }

    #[test]
    fn a_default_limit_that_does_not_fit_the_store_is_refused() {
        let ledger = |kind, limit| {
            let mut settings = settings(kind);
            settings.default_limit = SessionLimit::new(limit);
            settings.ledger(Some(MemoryStore::with_max_value_len(16_384)))
        };
        let largest = LedgerKind::Lease.largest_limit(16_384).unwrap().get();
        assert!(ledger(LedgerKind::Lease, largest).is_ok());
        let error = ledger(LedgerKind::Lease, largest + 1).err().unwrap().to_string();
        assert!(error.starts_with("DEFAULT_MAX_SESSION_LIMIT: "), "{error}");
        let accepted = format!("accepted: a whole number from 0 to {largest}");
        assert!(error.contains(&accepted), "{error}");
        assert!(ledger(LedgerKind::Counter, u32::MAX).is_ok(), "a number always fits");
    }

    #[test]
    fn what_a_counter_cannot_be_made_with_is_named() {
        use CounterSettingsError::{KeyPhaseCheck, TooLong, Zero};
        for (error, name) in [
            (KeyPhaseCheck, "KEY_PHASE"),
            (Zero, "SESSION_TTL_SECONDS"),
            (TooLong, "SESSION_TTL_SECONDS"),
        ] {
            assert_eq!(of_counter(error).name(), name);
        }
        let mut settings = settings(LedgerKind::Counter);
        settings.key_phase = KeyPhase::Check;
        let error = settings.ledger(Some(MemoryStore::new())).err().unwrap();
        assert_eq!(error.name(), "KEY_PHASE");
    }
}
