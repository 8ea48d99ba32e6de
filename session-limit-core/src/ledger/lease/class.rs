//! Classes of reservations, and of the starts that may take them.

use crate::address::Address;
use crate::ledger::ReservationClass;
use crate::login::Phase;

/// A class of reservations, and of the starts that may take them. Reservations of one class are
/// interchangeable: a login carries no session id, so nobody can tell which of them became which
/// session. A start takes only a reservation of its own class. Taking another would leave a login
/// of that class uncovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class {
    /// The phase of the login that took the slot.
    pub phase: Phase,
    /// The client's address, or `None` where addresses are not told apart.
    pub address: Option<Address>,
}

impl Class {
    /// The class of a login or a start from `source`. `None`: it names no address although
    /// addresses are told apart, so it has no class.
    #[must_use]
    pub fn of(by: ReservationClass, phase: Phase, source: Option<Address>) -> Option<Self> {
        match by {
            ReservationClass::Address => {
                source.map(|address| Self { phase, address: Some(address) })
            }
            ReservationClass::User => Some(Self { phase, address: None }),
        }
    }

    /// True if a start of this class would take from `other`, had it come from another address.
    pub(super) fn differs_by_address(self, other: Self) -> bool {
        self != other && self.phase == other.phase
    }
}
