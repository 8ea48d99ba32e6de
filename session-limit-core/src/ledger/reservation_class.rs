//! The setting that says which starts a reservation may belong to.

use std::str::FromStr;

use thiserror::Error;

/// The setting that says which reservations are told apart when a session starts. It is read from
/// `address` or `user`.
///
/// A login carries no session id and a start carries no request id, so a start takes the oldest
/// reservation that may be its own. The address narrows that down: what a failed login leaves over is
/// then handed on only while logins *from the same address* follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReservationClass {
    /// The phase and the address: a start takes only a reservation that was made from its own
    /// address.
    #[default]
    Address,
    /// The phase alone, for networks in which the login and the log name different addresses.
    User,
}

impl FromStr for ReservationClass {
    type Err = ReservationClassError;

    fn from_str(text: &str) -> Result<Self, ReservationClassError> {
        match text {
            "address" => Ok(Self::Address),
            "user" => Ok(Self::User),
            _ => Err(ReservationClassError),
        }
    }
}

/// A text that names no [`ReservationClass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected address or user")]
pub struct ReservationClassError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_from_its_own_name() {
        assert_eq!("address".parse(), Ok(ReservationClass::Address));
        assert_eq!("user".parse(), Ok(ReservationClass::User));
        assert_eq!("User".parse::<ReservationClass>(), Err(ReservationClassError));
    }
}
