//! The setting that says which key-phase logins take a slot, and against whom that counts.

use std::str::FromStr;

use thiserror::Error;

use crate::login::Phase;
use crate::methods::AuthenticationMethods;

/// The setting for key-phase logins. It is read from `auto`, `strict` or `check`.
///
/// A password login takes a slot that counts against everybody. A key-phase login cannot know
/// whether the key will prove right, and anyone who knows a user's name can cause one. So operators
/// choose:
///
/// | | a key-phase login | exact | a stranger who knows a user's name |
/// |---|---|---|---|
/// | [`Auto`](KeyPhase::Auto) | takes a slot that counts only against its own address, or only looks where the password may follow | except for key logins of one user spread over several addresses, or of a user who also has a password, within the log's delay | can take up nobody's slots, except of users at the same address |
/// | [`Strict`](KeyPhase::Strict) | takes a slot that counts against everybody | yes | can hold a user's slots for the reservation's time to live |
/// | [`Check`](KeyPhase::Check) | only looks | no: a burst faster than the log gets in | can take up nobody's slots |
///
/// Under `Auto` and `Check`, a key login also only looks while very many key logins of the user are
/// open: 64, or as many as the limit if that is higher, or fewer in a small store.
///
/// On a `PUBLIC_KEY_AND_PASSWORD` server the key phase only looks, whatever is chosen. The password
/// phase that must follow takes the slot. Two slots for one login would lock out a user with a limit
/// of 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyPhase {
    /// Reserve a slot against the own address, or look where the password may follow.
    #[default]
    Auto,
    /// Reserve a slot against everybody.
    Strict,
    /// Look whether a slot is free.
    Check,
}

/// The logins that a reservation of a key-phase login counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyScope {
    /// Every login of the user.
    Everybody,
    /// Logins of the user from the reservation's own address.
    OwnAddress,
}

impl KeyPhase {
    /// True if a login takes a slot, false if it only looks whether one is free.
    pub(crate) fn takes_slot(
        self,
        methods: AuthenticationMethods,
        phase: Phase,
        has_password: bool,
    ) -> bool {
        if phase == Phase::Password {
            return true;
        }
        let password_may_follow =
            has_password && methods == AuthenticationMethods::PublicKeyOrPassword;
        methods != AuthenticationMethods::PublicKeyAndPassword
            && match self {
                Self::Auto => !password_may_follow,
                Self::Strict => true,
                Self::Check => false,
            }
    }

    /// The logins that reservations of key-phase logins count against.
    pub(crate) fn scope(self) -> KeyScope {
        match self {
            Self::Strict => KeyScope::Everybody,
            Self::Auto | Self::Check => KeyScope::OwnAddress,
        }
    }
}

impl FromStr for KeyPhase {
    type Err = KeyPhaseError;

    fn from_str(text: &str) -> Result<Self, KeyPhaseError> {
        match text {
            "auto" => Ok(Self::Auto),
            "strict" => Ok(Self::Strict),
            "check" => Ok(Self::Check),
            _ => Err(KeyPhaseError),
        }
    }
}

/// A text that names no [`KeyPhase`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected auto, strict or check")]
pub struct KeyPhaseError;

#[cfg(test)]
mod tests {
    use AuthenticationMethods::{Password, PublicKey, PublicKeyAndPassword, PublicKeyOrPassword};
    use KeyPhase::{Auto, Check, Strict};

    use super::*;

    #[test]
    fn each_is_read_from_its_own_name() {
        let named = ["auto", "strict", "check"].map(|name| name.parse());
        assert_eq!(named, [Ok(Auto), Ok(Strict), Ok(Check)]);
        assert_eq!("Auto".parse::<KeyPhase>(), Err(KeyPhaseError));
    }

    #[test]
    fn a_password_login_always_takes_a_slot() {
        for key_phase in [Auto, Strict, Check] {
            for methods in [Password, PublicKey, PublicKeyAndPassword, PublicKeyOrPassword] {
                assert!(key_phase.takes_slot(methods, Phase::Password, true));
            }
        }
    }

    #[test]
    fn a_key_login_takes_a_slot_where_the_table_says_so() {
        for (key_phase, methods, has_password, expected) in [
            (Auto, PublicKeyOrPassword, false, true),
            (Auto, PublicKeyOrPassword, true, false),
            (Auto, PublicKey, false, true),
            (Auto, PublicKey, true, true),
            (Auto, PublicKeyAndPassword, true, false),
            (Strict, PublicKeyOrPassword, false, true),
            (Strict, PublicKeyOrPassword, true, true),
            (Strict, PublicKey, true, true),
            (Strict, PublicKeyAndPassword, true, false),
            (Check, PublicKeyOrPassword, false, false),
            (Check, PublicKey, false, false),
            (Check, PublicKeyAndPassword, true, false),
        ] {
            assert_eq!(
                key_phase.takes_slot(methods, Phase::Key, has_password),
                expected,
                "{key_phase:?} {methods:?} has_password={has_password}"
            );
        }
    }
}
