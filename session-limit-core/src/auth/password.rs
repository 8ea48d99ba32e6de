//! Passwords as they are stored, and their comparison.

mod hash;

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

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
/// What starts like a hash and is none, costs too much, or has the shape of a hash of another kind
/// (argon2i, crypt(3), …) is refused when the secret is read. Taking it for a plaintext would make
/// the hash itself the password.
pub(crate) struct StoredPassword(Stored);

enum Stored {
    Plain(Zeroizing<[u8; 32]>),
    Hash(Hash),
}

impl StoredPassword {
    /// Reads a stored password.
    ///
    /// # Errors
    /// What is right for a hash of this kind.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(Self(match Hash::parse(text)? {
            Some(hash) => Stored::Hash(hash),
            None => Stored::Plain(digest(text)),
        }))
    }
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// Whether `given` is the stored password. Where there is none the answer is no, after the work
/// that a stored plaintext would have cost.
pub(crate) fn verify(stored: Option<&StoredPassword>, given: &str) -> bool {
    #[cfg(test)]
    tests::VERIFICATIONS.with(|number| number.set(number.get() + 1));
    match stored {
        Some(StoredPassword(Stored::Hash(hash))) => hash.verify(given),
        Some(StoredPassword(Stored::Plain(stored))) => matches(stored, given),
        None => {
            std::hint::black_box(matches(&[0; 32], given));
            false
        }
    }
}

/// Digests are of one size, so comparing them tells nothing about the length of the password.
fn matches(stored: &[u8; 32], given: &str) -> bool {
    stored.ct_eq(&*digest(given)).into()
}

fn digest(text: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
pub(crate) mod tests;
