//! The ledgers over the store that the settings name.

use std::sync::Arc;

use session_limit_core::ledger::{CounterLedger, LeaseLedger, LedgerError};
use session_limit_core::time::Timestamp;
use session_limit_settings::{LedgerKind, OpenStore, SettingError, Settings};

use crate::arguments::{StoreArguments, Whose};
use crate::usage::Usage;

/// Both ledgers ask one store.
pub(crate) type Store = Arc<OpenStore>;

/// The ledger that the Lambda functions have with these settings, and the other one. If the
/// settings are right, nothing is counted by the other one.
pub(crate) struct Ledgers {
    pub(crate) chosen: LedgerKind,
    pub(crate) lease: LeaseLedger<Store>,
    pub(crate) counter: CounterLedger<Store>,
}

impl Ledgers {
    pub(crate) fn open(arguments: &StoreArguments) -> Result<Self, Usage> {
        let mut settings = Settings::read(|name| arguments.setting(name)).map_err(Usage::new)?;
        let Some(store) = OpenStore::open(&settings).map_err(wrong)? else {
            return Err(Usage::new(format_args!(
                "SESSION_STORE: without a store no sessions are counted; give {}",
                OpenStore::forms()
            )));
        };
        let (chosen, store) = (settings.ledger, Arc::new(store));
        settings.ledger = LedgerKind::Lease;
        let lease = settings.lease_ledger(Arc::clone(&store)).map_err(Usage::new)?;
        settings.ledger = LedgerKind::Counter;
        let counter = settings.counter_ledger(store).map_err(Usage::new)?;
        Ok(Self { chosen, lease, counter })
    }

    /// Tells that the other ledger may be the one by which a user is counted: it knows the user, or
    /// has something that cannot be read.
    pub(crate) async fn hint(&self, whose: &Whose, now: Timestamp) -> Option<String> {
        let other = match self.chosen {
            LedgerKind::Lease => LedgerKind::Counter,
            LedgerKind::Counter => LedgerKind::Lease,
        };
        let hint = || {
            let name = other.name();
            format!("this user's sessions may be counted by the other ledger: try --ledger {name}")
        };
        self.knows(other, whose, now).await.unwrap_or(true).then(hint)
    }

    async fn knows(
        &self,
        ledger: LedgerKind,
        whose: &Whose,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let Whose { user, server } = whose;
        Ok(match ledger {
            LedgerKind::Lease => self.lease.table(server, user, now).await?.is_some(),
            LedgerKind::Counter => self.counter.count(server, user, now).await?.is_some(),
        })
    }
}

/// The error without the part that says what the functions accept: no tool accepts `none`.
fn wrong(error: SettingError) -> Usage {
    Usage::new(format_args!("{}: {}", error.name(), error.problem()))
}
