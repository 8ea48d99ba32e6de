//! The units of a counter's number, and the call that each stands for.
//!
//! A counter knows nothing of its sessions. Here every unit that was added to it belongs to the
//! call that added it. So a number that is wrong has a history: whose end took a unit that was
//! added for somebody else, and why.

use std::collections::BTreeMap;

use session_limit_core::store::Key;

use super::causes;
use super::lease::{Kind, Lease};
use super::store::{Change, Changed};
use super::truth::Call;

/// The counters of all users.
pub(super) struct Units {
    /// The counter of each user; several users may share one.
    keys: Vec<Key>,
    owners: BTreeMap<Key, Vec<usize>>,
}

impl Units {
    pub(super) fn new(keys: Vec<Key>) -> Self {
        Self { keys, owners: BTreeMap::new() }
    }

    pub(super) fn key(&self, user: usize) -> &Key {
        &self.keys[user]
    }

    /// Every counter that there is.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.owners.keys().cloned().collect()
    }

    /// The units that the counter under `key` consists of.
    pub(super) fn of(&self, key: &Key) -> Vec<Lease> {
        let owners = self.owners.get(key).into_iter().flatten();
        owners.map(|call| Lease { call: *call, kind: Kind::Unit }).collect()
    }

    /// Forgets a number that is gone, for this cause.
    pub(super) fn forget(&mut self, key: &Key, cause: &'static str, calls: &mut [Call]) {
        for call in self.owners.remove(key).unwrap_or_default() {
            calls[call].uncounted = Some(cause);
        }
    }

    /// Takes note that the store has changed a number.
    pub(super) fn changed(&mut self, Changed { key, call, change }: Changed, calls: &mut [Call]) {
        let before = self.owners.get(&key).map_or(0, Vec::len) as u64;
        let after = match change {
            Change::Incremented(value) => {
                if value != before + 1 {
                    self.forget(&key, causes::COUNTER_EXPIRED, calls);
                }
                self.owners.entry(key.clone()).or_default().push(call);
                value
            }
            Change::Decremented(None) | Change::Counted(None) => {
                self.forget(&key, causes::COUNTER_EXPIRED, calls);
                0
            }
            Change::Decremented(Some(value)) => {
                if before > 0 {
                    self.take(&key, call, calls);
                }
                value
            }
            Change::Counted(Some(value)) => value,
        };
        let owners = self.owners.get(&key).map_or(0, Vec::len) as u64;
        assert_eq!(owners, after, "every one of a number has an owner");
    }

    /// Lets the end of `call` take the unit that was added for it. If that is gone, it takes the
    /// unit of somebody who holds nothing, or else that of a session.
    fn take(&mut self, key: &Key, call: usize, calls: &mut [Call]) {
        let Some(owners) = self.owners.get_mut(key) else { return };
        let own = owners.iter().position(|owner| *owner == call);
        let idle = || owners.iter().position(|owner| !calls[*owner].state.holds());
        let victim = owners.remove(own.or_else(idle).unwrap_or(0));
        let cause = match calls[call].uncounted {
            _ if victim == call => causes::END_COUNTED_TWICE, // if there will be another
            known => known.unwrap_or(causes::UNEXPLAINED),
        };
        calls[victim].uncounted = Some(cause);
    }
}
