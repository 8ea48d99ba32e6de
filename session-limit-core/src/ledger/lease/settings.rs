//! The settings of the lease ledger.

use super::times::LeaseTimes;
use crate::ledger::{KeyPhase, ReservationClass};
use crate::methods::ServerMethods;

/// The settings of a [`LeaseLedger`](super::LeaseLedger).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseSettings {
    /// The times of leases.
    pub times: LeaseTimes,
    /// The setting for key-phase logins.
    pub key_phase: KeyPhase,
    /// The authentication methods of each server.
    pub methods: ServerMethods,
    /// The setting for the starts that a reservation may belong to.
    pub reservation_class: ReservationClass,
}

impl LeaseSettings {
    /// The same with other [`times`](Self::times).
    #[must_use]
    pub fn with_times(self, times: LeaseTimes) -> Self {
        Self { times, ..self }
    }

    /// The same with another [`key_phase`](Self::key_phase).
    #[must_use]
    pub fn with_key_phase(self, key_phase: KeyPhase) -> Self {
        Self { key_phase, ..self }
    }

    /// The same with other [`methods`](Self::methods).
    #[must_use]
    pub fn with_methods(self, methods: ServerMethods) -> Self {
        Self { methods, ..self }
    }

    /// The same with another [`reservation_class`](Self::reservation_class).
    #[must_use]
    pub fn with_reservation_class(self, reservation_class: ReservationClass) -> Self {
        Self { reservation_class, ..self }
    }
}
