//! What each ledger promises of its users, by which it is judged.

use std::sync::Arc;

use pollster::block_on;
use session_limit_core::ledger::lease::Table;
use session_limit_core::ledger::{
    CounterLedger, CounterSettings, KeyPhase, KeyScope, LeaseLedger, LeaseSettings, LeaseTimes,
    Ledger,
};
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::{LONGEST_TTL, MemoryStore};
use session_limit_core::time::Timestamp;

use super::account::Account;

/// A ledger, and what it promises beyond what any ledger does.
pub(super) trait Promises: Ledger {
    /// One that counts every login, by key or by password.
    fn new(store: Arc<MemoryStore>, times: LeaseTimes) -> Self;

    /// What holds at any time.
    fn check(&self, account: &Account, now: Timestamp);

    /// What holds from `now` on, the time of a reservation after everything has ended and been
    /// heard of.
    fn check_settled(&self, account: &Account, now: Timestamp);
}

impl Promises for LeaseLedger<Arc<MemoryStore>> {
    fn new(store: Arc<MemoryStore>, times: LeaseTimes) -> Self {
        let key_phase = KeyPhase::Strict;
        Self::new(store, LeaseSettings { times, key_phase, ..LeaseSettings::default() })
    }

    fn check(&self, account: &Account, now: Timestamp) {
        let table = table(self, account, now);
        let (held, counted) = (account.held(), table.counted(None, KeyScope::Everybody));
        assert!(held <= counted, "S1: {held} hold or get a session, {counted} are counted");
        for session in table.sessions() {
            let owner = account.logins.iter().find(|login| login.session == session.id);
            let owner = owner.expect("S5: a session in the table of another user");
            assert!(!owner.is_known_to_be_over(), "S4: an ended session holds a slot");
        }
    }

    fn check_settled(&self, account: &Account, now: Timestamp) {
        let left = table(self, account, now).counted(None, KeyScope::Everybody);
        assert_eq!(left, 0, "L1: slots are left although everything has ended");
    }
}

fn table(ledger: &LeaseLedger<Arc<MemoryStore>>, account: &Account, now: Timestamp) -> Table {
    let table = ledger.table(&account.server, &account.user, now);
    block_on(table).expect("memory answers").unwrap_or_default()
}

impl Promises for CounterLedger<Arc<MemoryStore>> {
    /// Its counters outlive any world: what expires is not promised.
    fn new(store: Arc<MemoryStore>, _: LeaseTimes) -> Self {
        let methods = ServerMethods::default();
        let settings = CounterSettings { ttl: LONGEST_TTL, key_phase: KeyPhase::Strict, methods };
        Self::new(store, settings).expect("the settings make sense")
    }

    fn check(&self, account: &Account, now: Timestamp) {
        let counted = count(self, account, now).unwrap_or(0);
        assert_eq!(counted, account.unreleased(), "the count is not admissions less releases");
    }

    fn check_settled(&self, account: &Account, now: Timestamp) {
        self.check(account, now);
        let end = now.after(LONGEST_TTL);
        assert_eq!(count(self, account, end), None, "the counter does not expire");
    }
}

fn count(
    ledger: &CounterLedger<Arc<MemoryStore>>,
    account: &Account,
    now: Timestamp,
) -> Option<u64> {
    block_on(ledger.count(&account.server, &account.user, now)).expect("memory answers")
}
