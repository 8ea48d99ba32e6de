//! From base64 of gzip to bytes, as a stream.

use std::io::{self, BufReader, ErrorKind, Read};

use base64::DecodeError;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use base64::read::DecoderReader;
use flate2::bufread::GzDecoder;

use crate::CutOff;

/// The bytes that a payload inflates to.
pub(crate) type Inflate<'p> =
    GzDecoder<BufReader<DecoderReader<'static, GeneralPurpose, &'p [u8]>>>;

/// Room for what the base64 decoder makes at a time.
const DECODED: usize = 1 << 10;

/// Inflates `data`, base64 of gzip, as it is read.
pub(crate) fn inflate(data: &str) -> Inflate<'_> {
    let decoder = DecoderReader::new(data.as_bytes(), &STANDARD_PAD_INDIFFERENT);
    GzDecoder::new(BufReader::with_capacity(DECODED, decoder))
}

/// Reads until `buffer` is full or the stream has ended; answers how much it read, and why it
/// ended if it did. What was read before an error counts.
pub(crate) fn read(reader: &mut impl Read, buffer: &mut [u8]) -> (usize, Option<End>) {
    let mut read = 0;
    while read < buffer.len() {
        // A decoder drops what it has written when it fails in the same call.
        let upto = buffer.len().min(read + STEP);
        match reader.read(&mut buffer[read..upto]) {
            Ok(0) => return (read, Some(End::Regular)),
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (read, Some(End::Failed(reason(&error)))),
        }
    }
    (read, None)
}

const STEP: usize = 8 << 10;

/// The end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Regular,
    Failed(CutOff),
}

fn reason(error: &io::Error) -> CutOff {
    if error.get_ref().is_some_and(|source| source.is::<DecodeError>()) {
        CutOff::NotBase64
    } else if error.kind() == ErrorKind::UnexpectedEof {
        CutOff::Truncated
    } else {
        CutOff::NotGzip
    }
}
