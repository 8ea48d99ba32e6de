//! The password that is compared where a user has none.

use std::hint::black_box;

use thiserror::Error;

use crate::secret::StoredPassword;

/// A stand-in for the password of users who have none, above all of unknown users. Comparing with
/// it costs as much as comparing with a real password of its kind, and never succeeds.
///
/// ```
/// use session_limit_core::identity::Decoy;
///
/// // Users whose passwords are hashed like this one cannot be told from unknown ones.
/// let decoy = Decoy::parse(
///     "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
///      wKIa1iJZzZJNhSDrYZKQpk3XSuF4IrRVO39IXwUIyR4",
/// )?;
/// # let _ = decoy;
/// # Ok::<(), session_limit_core::identity::DecoyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoy(StoredPassword);

impl Decoy {
    /// Reads a password, plaintext or hash, like the ones that the users have. It does not matter
    /// which password it is.
    ///
    /// # Errors
    /// The text looks like a hash and no user could have it, or it is longer than a password may
    /// be.
    pub fn parse(text: &str) -> Result<Self, DecoyError> {
        StoredPassword::parse(text).map(Self).map_err(|expected| DecoyError { expected })
    }

    /// True if `given` is the `stored` password. False if there is none, after the same work.
    pub(crate) fn verify_or(&self, stored: Option<&StoredPassword>, given: &str) -> bool {
        let right = stored.unwrap_or(&self.0).verify(given);
        black_box(right) & stored.is_some()
    }
}

/// A decoy for users with plaintext passwords.
impl Default for Decoy {
    fn default() -> Self {
        Self(StoredPassword::plain(""))
    }
}

/// A text that is not the password of a [`Decoy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected {expected}")]
pub struct DecoyError {
    expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoy_is_never_right() {
        for text in ["", "decoy"] {
            assert!(!Decoy::parse(text).unwrap().verify_or(None, text));
        }
    }

    #[test]
    fn a_stored_password_is_compared_and_not_the_decoy() {
        let stored = StoredPassword::parse("secret").unwrap();
        let decoy = Decoy::parse("decoy").unwrap();
        assert!(decoy.verify_or(Some(&stored), "secret"));
        assert!(!decoy.verify_or(Some(&stored), "decoy"));
    }

    #[test]
    fn what_no_user_could_have_is_no_decoy() {
        let error = Decoy::parse("$2b$31$abcdefghijklmnopqrstuv").unwrap_err();
        assert_eq!(error.to_string(), "expected a complete bcrypt hash of cost 4 to 13");
    }
}
