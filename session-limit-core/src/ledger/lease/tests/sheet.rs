//! A table with room for so many leases, and the operations on it.

use super::*;

pub(super) const START: Timestamp = Timestamp::from_millis(1_000_000_000);

pub(super) fn at(second: u64) -> Timestamp {
    START.after(Duration::from_secs(second))
}

/// A client's address.
pub(super) fn address(host: u8) -> Option<Address> {
    Some(Address::of([192, 0, 2, host].into()))
}

pub(super) struct Sheet {
    pub(super) table: Table,
    /// The limit of the logins that follow.
    pub(super) limit: u32,
    rules: Rules,
}

impl Sheet {
    pub(super) fn with_room_for(leases: usize) -> Self {
        let (times, scope) = (LeaseTimes::default(), KeyScope::OwnAddress);
        let rules = Rules { times, scope, capacity: Capacity::with_leases(leases) };
        Self { table: Table::default(), limit: 99, rules }
    }

    pub(super) fn apply(&mut self, operation: &Operation, now: Timestamp) -> Outcome {
        let (table, outcome) = transition(&self.table, operation, now, &self.rules);
        self.table = table;
        outcome
    }

    /// A login of `phase` from `host` takes a slot.
    pub(super) fn log_in(&mut self, token: &str, phase: Phase, host: u8, now: Timestamp) {
        let (token, by) = (Token::new(token).unwrap(), ReservationClass::Address);
        let reserve = Some(Slot { token, phase, by });
        let (source, limit) = (address(host), SessionLimit::new(self.limit));
        let outcome = self.apply(&Operation::Admit(Claim { reserve, source, limit }), now);
        assert!(outcome.write && !outcome.unreserved);
    }

    /// A session starts that was let in by `phase`, from `host`.
    pub(super) fn start(&mut self, id: &str, phase: Phase, host: u8, now: Timestamp) -> Outcome {
        self.apply(&Operation::Connected(start(id, phase, host, now)), now)
    }

    pub(super) fn open(&self) -> Vec<String> {
        self.table.reservations().iter().map(|open| open.token.to_string()).collect()
    }

    pub(super) fn sessions(&self) -> Vec<String> {
        self.table.sessions().iter().map(|session| session.id.to_string()).collect()
    }
}

pub(super) fn start(id: &str, phase: Phase, host: u8, at: Timestamp) -> Connected {
    let (session, source) = (SessionId::new(id).unwrap(), address(host));
    let class = Class::of(ReservationClass::Address, phase, source);
    Connected { session, at, class, otherwise: None, may_only_look: phase == Phase::Key, source }
}
