//! Passwords as they are stored, and their comparison.

mod hash;

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::login::Credential;
use hash::Hash;

/// A stored password: either the digest of a plaintext, or a hash in a text format.
///
/// | starts with | is |
/// |---|---|
/// | `$argon2id$` | argon2id, m ≤ 65536 (64 MiB), t ≤ 10, p ≤ 4 |
/// | `$scrypt$` | scrypt, 128·2^ln·r ≤ 64 MiB, that times p ≤ 256 MiB |
/// | `$pbkdf2-sha256$`, `$pbkdf2-sha512$` | PBKDF2, 1,000 to 2,000,000 rounds |
/// | `$2a$`, `$2b$`, `$2y$` | bcrypt, cost 4 to 13, passwords up to 72 bytes |
/// | anything else | the password itself |
///
/// A text that starts like a hash and is none is refused when the secret is read. So is a hash that
/// costs too much, or has the shape of another kind (argon2i, crypt(3), …). Taken for a plaintext,
/// the hash itself would be the password.
#[derive(Clone)]
pub(crate) struct StoredPassword(Stored);

#[derive(Clone)]
enum Stored {
    Plain(Zeroizing<[u8; 32]>),
    Hash(Hash),
}

impl StoredPassword {
    /// Reads a stored password.
    ///
    /// # Errors
    /// Words for what is right: for a hash of this kind, or for a plaintext.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(Self(match Hash::parse(text)? {
            Some(hash) => Stored::Hash(hash),
            None if text.chars().count() > Credential::MAX_PASSWORD_CHARS => {
                return Err("a password of at most 1024 characters: the service sends no more");
            }
            None => return Ok(Self::plain(text)),
        }))
    }

    /// A password that is stored as it is.
    pub(crate) fn plain(text: &str) -> Self {
        Self(Stored::Plain(digest(text)))
    }

    /// True if `given` is this password.
    pub(crate) fn verify(&self, given: &str) -> bool {
        #[cfg(test)]
        tests::count(self);
        match &self.0 {
            Stored::Hash(hash) => hash.verify(given),
            // Digests are of one size, so comparing them tells nothing about the password's length.
            Stored::Plain(stored) => stored.ct_eq(&*digest(given)).into(),
        }
    }

    /// True if everybody who reads the secret knows the password.
    pub(crate) fn is_plaintext(&self) -> bool {
        matches!(self.0, Stored::Plain(_))
    }
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

fn digest(text: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
pub(crate) mod tests;
