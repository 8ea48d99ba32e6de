//! The format of the ledgers' values: a version byte, a checksum, then the value.
//!
//! The decoder is total. It tells damage, which is reported and replaced, from a newer version,
//! which must be left alone.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version that is written. It is the first one; a later one has to read it, too.
const VERSION: u8 = 1;

/// Bytes before the value: the version and the checksum.
const HEADER_LEN: usize = 5;

/// The reason why bytes are no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecodeError {
    /// The bytes were never written by this software.
    Damaged,
    /// A newer version of this software wrote them.
    Newer(u8),
}

/// The bytes of `value`. With `room` for all of them they are not moved while they are written.
pub(crate) fn encode<T: Serialize>(value: &T, room: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(room);
    bytes.extend([VERSION, 0, 0, 0, 0]);
    // Serialising plain data into memory cannot fail; should it ever, the value is no bytes at all,
    // and reads back as damaged.
    let mut bytes = postcard::to_io(value, bytes).unwrap_or_default();
    if let Some(([_, checksum @ ..], body)) = bytes.split_first_chunk_mut::<HEADER_LEN>() {
        *checksum = crc32fast::hash(body).to_le_bytes();
    }
    bytes
}

/// The value of `bytes`.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (&version, rest) = bytes.split_first().ok_or(DecodeError::Damaged)?;
    if version > VERSION {
        return Err(DecodeError::Newer(version));
    }
    let (checksum, body) = rest.split_first_chunk::<4>().ok_or(DecodeError::Damaged)?;
    if version != VERSION || crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return Err(DecodeError::Damaged);
    }
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        _ => Err(DecodeError::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_newer_version_is_not_damage() {
        let mut bytes = encode(&7_u32, 16);
        bytes[0] = VERSION + 1;
        assert_eq!(decode::<u32>(&bytes), Err(DecodeError::Newer(VERSION + 1)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value: Vec<(u64, String)>) {
            prop_assert_eq!(decode(&encode(&value, 16)), Ok(value));
        }

        #[test]
        fn a_changed_byte_is_never_another_value(
            value: Vec<(u64, String)>, at: prop::sample::Index, by in 1_u8..,
        ) {
            let mut bytes = encode(&value, 16);
            let at = at.index(bytes.len());
            bytes[at] = bytes[at].wrapping_add(by);
            prop_assert!(decode::<Vec<(u64, String)>>(&bytes).is_err());
        }

        #[test]
        fn any_bytes_are_an_error_or_a_value(bytes: Vec<u8>) {
            let _ = decode::<Vec<(u64, String)>>(&bytes);
        }
    }
}
