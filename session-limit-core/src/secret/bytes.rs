//! A secret as it is stored.

use secrecy::{ExposeSecret, SecretSlice};
use zeroize::Zeroizing;

/// A user secret as it is stored, of any size; [`UserSecret::parse`](super::UserSecret::parse)
/// refuses what is too large. It is wiped when it is dropped, and `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct SecretBytes(SecretSlice<u8>);

impl SecretBytes {
    /// Takes over `bytes`; anything else that holds them is the caller's to wipe.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        // To give back what a buffer has too much may move it, and leave a copy.
        let bytes = Zeroizing::new(bytes);
        Self(bytes.to_vec().into())
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl From<String> for SecretBytes {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}
