//! The promises of each ledger, by which it is judged.

use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::sync::Arc;

use pollster::block_on;
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    CounterLedger, CounterSettings, KeyPhase, KeyScope, LeaseLedger, LeaseSettings, LeaseTimes,
    Ledger,
};
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{Key, LONGEST_TTL, MemoryStore, Store};
use session_limit_core::time::Timestamp;

use super::account::Account;

/// A ledger, and its promises beyond those of every ledger.
pub(super) trait Promises: Ledger {
    /// Creates a ledger that counts every login, by key or by password.
    fn new(store: Arc<MemoryStore>, times: LeaseTimes) -> Self;

    /// Number of slots that it counts.
    fn counted(&self, account: &Account, now: Timestamp) -> u64;

    /// The smallest and the largest number of slots that it may count, by the truth.
    fn bounds(account: &Account, now: Timestamp, times: &LeaseTimes) -> RangeInclusive<u64>;

    /// Checks what else holds at any time.
    fn check(&self, account: &Account, now: Timestamp, times: &LeaseTimes);

    /// Checks what holds from `now` on: RESERVATION_TTL after everything has ended and the ledger
    /// has heard of it.
    fn check_settled(&self, account: &Account, now: Timestamp);

    /// Returns the state that a refusal leaves as it is.
    fn kept(
        &self,
        store: &MemoryStore,
        account: &Account,
        now: Timestamp,
    ) -> impl PartialEq + Debug + use<Self>;
}

impl Promises for LeaseLedger<Arc<MemoryStore>> {
    fn new(store: Arc<MemoryStore>, times: LeaseTimes) -> Self {
        let key_phase = KeyPhase::Strict;
        Self::new(store, LeaseSettings::default().with_times(times).with_key_phase(key_phase))
    }

    fn counted(&self, account: &Account, now: Timestamp) -> u64 {
        table(self, account, now).counted(None, KeyScope::Everybody, now).into()
    }

    fn bounds(account: &Account, now: Timestamp, times: &LeaseTimes) -> RangeInclusive<u64> {
        account.held()..=account.sessions(now, times) + account.reservations(now, times)
    }

    fn check(&self, account: &Account, now: Timestamp, times: &LeaseTimes) {
        let table = table(self, account, now);
        let (found, expected) = (table.reservations().len(), account.reservations(now, times));
        assert_eq!(found as u64, expected, "S4: reservations that no start has");
        for session in table.sessions().iter() {
            let owner = account.logins.iter().find(|login| login.session == session.id);
            let owner = owner.expect("S5: a session in the table of another user");
            assert!(owner.may_have_lease(now, times), "S4: a session that is over holds a slot");
        }
    }

    fn check_settled(&self, account: &Account, now: Timestamp) {
        let left = self.counted(account, now);
        assert_eq!(left, 0, "L1: slots are left although everything has ended");
    }

    /// Returns all that is stored of the user.
    fn kept(
        &self,
        store: &MemoryStore,
        account: &Account,
        now: Timestamp,
    ) -> impl PartialEq + Debug + use<> {
        let key = Key::table(&account.server, &account.user);
        block_on(store.load(&[key], now)).expect("memory answers")
    }
}

fn table(ledger: &LeaseLedger<Arc<MemoryStore>>, account: &Account, now: Timestamp) -> Table {
    let table = ledger.table(&account.server, &account.user, now);
    block_on(table).expect("memory answers").unwrap_or_default()
}

impl Promises for CounterLedger<Arc<MemoryStore>> {
    /// Creates a ledger whose counters outlive the sequence: nothing is promised of a counter that
    /// expires.
    fn new(store: Arc<MemoryStore>, _: LeaseTimes) -> Self {
        let methods = ServerMethods::default();
        let settings = CounterSettings::new(LONGEST_TTL)
            .with_key_phase(KeyPhase::Strict)
            .with_methods(methods);
        Self::new(store, settings).expect("the settings make sense")
    }

    fn counted(&self, account: &Account, now: Timestamp) -> u64 {
        count(self, account, now).unwrap_or(0)
    }

    /// Exactly the admissions less the releases.
    fn bounds(account: &Account, _: Timestamp, _: &LeaseTimes) -> RangeInclusive<u64> {
        account.unreleased()..=account.unreleased()
    }

    fn check(&self, _: &Account, _: Timestamp, _: &LeaseTimes) {}

    fn check_settled(&self, account: &Account, now: Timestamp) {
        let end = now.after(LONGEST_TTL);
        assert_eq!(count(self, account, end), None, "the counter does not expire");
    }

    /// Returns the count. A refusal may prolong its life.
    fn kept(
        &self,
        _: &MemoryStore,
        account: &Account,
        now: Timestamp,
    ) -> impl PartialEq + Debug + use<> {
        count(self, account, now)
    }
}

fn count(
    ledger: &CounterLedger<Arc<MemoryStore>>,
    account: &Account,
    now: Timestamp,
) -> Option<u64> {
    block_on(ledger.count(&account.server, &account.user, now)).expect("memory answers")
}
