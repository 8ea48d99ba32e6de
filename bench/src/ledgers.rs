//! Ledgers, and the phases of a session in them.

use std::time::Duration;

use anyhow::{Result, ensure};
use session_limit_core::ledger::{
    AnyLedger, CounterLedger, CounterSettings, Effect, LeaseLedger, LeaseSettings, LeaseTimes,
    Ledger, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::store::{CounterStore, LONGEST_TTL, TableStore};
use session_limit_core::time::Timestamp;

use crate::kind::Kind;
use crate::logins::{AMPLE, Session};

/// A step of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Phase {
    Refusal,
    Admission,
    Start,
    End,
}

/// The time that a counter lives after its latest login.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Something of each phase.
pub type OfPhases<T> = [T; Phase::ALL.len()];

impl Kind {
    /// Opens such a ledger, with sessions that outlive all that is measured: its clock runs fast.
    pub fn open<S: TableStore + CounterStore>(self, store: S) -> Result<AnyLedger<S>> {
        Ok(match self {
            Self::Lease => {
                let times = LeaseTimes::new(LeaseTimes::DEFAULT_RESERVATION_TTL, LONGEST_TTL)?;
                let settings = LeaseSettings::default().with_times(times);
                AnyLedger::Lease(LeaseLedger::new(store, settings))
            }
            Self::Counter => {
                AnyLedger::Counter(CounterLedger::new(store, CounterSettings::new(DAY))?)
            }
        })
    }
}

impl Phase {
    /// All, in the order in which a session goes through them.
    pub const ALL: [Self; 4] = [Self::Refusal, Self::Admission, Self::Start, Self::End];

    /// Takes a session of a user who holds so many others through this phase.
    pub async fn act<L: Ledger>(
        self,
        ledger: &L,
        session: &Session,
        held: u64,
        now: Timestamp,
    ) -> Result<()> {
        let held = SessionLimit::new(u32::try_from(held)?);
        let is_right = match self {
            Self::Refusal => {
                ledger.admit(&session.login(held), now).await?.verdict == Verdict::Refused
            }
            Self::Admission => {
                ledger.admit(&session.login(AMPLE), now).await?.verdict == Verdict::Admitted
            }
            Self::Start => {
                ledger.observe(&session.connected(now), now).await?.effect == Effect::Started
            }
            Self::End => ledger.observe(&session.ended(now), now).await?.effect == Effect::Ended,
        };
        ensure!(is_right, "{self:?}: it went another way");
        Ok(())
    }
}
