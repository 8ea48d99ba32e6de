//! Answers, decoded from bytes.

use memcache::exp::{Error, MetaCommandResult, MetaResponse, ReturnCode, parse_meta_result};

use crate::failure::{Cause, Refusal};

/// A header longer than this is none of memcached's: a key, a dozen flags and numbers.
const LONGEST_HEADER: usize = 1_024;

/// The most of an unexpected answer that is worth telling.
const LONGEST_QUOTE: usize = 80;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: ReturnCode,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) cas: Option<u64>,
    /// The seconds for which the item lives on; -1 for ever.
    pub(crate) ttl: Option<i64>,
    pub(crate) mark: Option<Vec<u8>>,
    /// It is in words, as commands are answered that are not of the meta protocol.
    pub(crate) is_in_words: bool,
}

/// The reason why bytes are not the answer to a request.
#[derive(Debug)]
pub(crate) enum Unwelcome {
    Refused(Refusal),
    /// Not an answer, or not to be had.
    Broken(Cause),
}

impl Unwelcome {
    /// The same after so many answers to the same request: whoever refuses a later part of it has
    /// not refused all of it.
    pub(crate) fn after(self, answers: usize) -> Self {
        match self {
            Self::Refused(Refusal::Server(text) | Refusal::Client(text)) if answers > 0 => {
                Self::Broken(Cause::Partly(text))
            }
            unwelcome => unwelcome,
        }
    }
}

/// Decodes the first answer in `bytes` and says how long it is. `None`: there is more to come.
///
/// A value longer than `longest` is refused before there is memory for it.
pub(crate) fn decode(bytes: &[u8], longest: usize) -> Result<Option<(Reply, usize)>, Unwelcome> {
    let searched = bytes.get(..LONGEST_HEADER).unwrap_or(bytes);
    let Some(end) = searched.iter().position(|byte| *byte == b'\n') else {
        return if bytes.len() < LONGEST_HEADER { Ok(None) } else { Err(nonsense(bytes)) };
    };
    let (header, rest) = bytes.split_at(end.saturating_add(1));
    let header = header.strip_suffix(b"\r\n").ok_or_else(|| nonsense(header))?;
    if let Some(reason) = header.strip_prefix(b"ERROR ") {
        return Err(Unwelcome::Refused(Refusal::Server(quote(reason))));
    }
    if let Some(code) = in_words(header) {
        let (value, cas, ttl, mark) = (None, None, None, None);
        let reply = Reply { code, value, cas, ttl, mark, is_in_words: true };
        return Ok(Some((reply, end.saturating_add(1))));
    }
    let response = MetaResponse::parse_header(header).map_err(|error| unwelcome(error, header))?;
    let result = parse_meta_result(response).map_err(|error| unwelcome(error, header))?;
    if result.rc != ReturnCode::Va {
        return Ok(Some((reply(result, None), end.saturating_add(1))));
    }
    let len = value_len(header).filter(|len| *len <= longest).ok_or_else(|| nonsense(header))?;
    let Some((value, rest)) = rest.split_at_checked(len) else { return Ok(None) };
    match rest {
        [b'\r', b'\n', ..] => {
            let consumed = end.saturating_add(len).saturating_add(3);
            Ok(Some((reply(result, Some(value.to_vec())), consumed)))
        }
        [] | [b'\r'] => Ok(None),
        _ => Err(nonsense(b"a value of another length than announced")),
    }
}

fn reply(result: MetaCommandResult, value: Option<Vec<u8>>) -> Reply {
    let MetaCommandResult { rc: code, cas, ttl, opaque: mark, .. } = result;
    Reply { code, value, cas, ttl, mark, is_in_words: false }
}

/// The code of the meta protocol that says the same as `header`.
fn in_words(header: &[u8]) -> Option<ReturnCode> {
    match header {
        b"STORED" => Some(ReturnCode::Hd),
        b"NOT_STORED" => Some(ReturnCode::Ns),
        b"EXISTS" => Some(ReturnCode::Ex),
        b"NOT_FOUND" => Some(ReturnCode::Nf),
        _ => None,
    }
}

/// The length that a header `VA <length> …` announces.
fn value_len(header: &[u8]) -> Option<usize> {
    let mut words = header.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    std::str::from_utf8(words.nth(1)?).ok()?.parse().ok()
}

fn unwelcome(error: Error, header: &[u8]) -> Unwelcome {
    match error {
        Error::Server(text) => Unwelcome::Refused(Refusal::Server(quote(text.as_bytes()))),
        Error::Rejected(text) => Unwelcome::Refused(Refusal::Client(quote(text.as_bytes()))),
        _ => nonsense(header),
    }
}

pub(crate) fn nonsense(bytes: &[u8]) -> Unwelcome {
    Unwelcome::Broken(Cause::Nonsense(quote(bytes)))
}

/// The start of what came, harmless in a log.
fn quote(bytes: &[u8]) -> String {
    bytes.get(..LONGEST_QUOTE).unwrap_or(bytes).escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(bytes: &[u8]) -> Reply {
        let (reply, consumed) = decode(bytes, 100).unwrap().unwrap();
        assert_eq!(consumed, bytes.len());
        reply
    }

    fn refusal(bytes: &[u8]) -> Refusal {
        match decode(bytes, 100) {
            Err(Unwelcome::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_of_every_kind() {
        let value = whole(b"VA 4 c12 t56 O34\r\na\r\nb\r\n");
        assert_eq!(value.value.as_deref(), Some(&b"a\r\nb"[..]));
        assert_eq!((value.code, value.cas, value.ttl), (ReturnCode::Va, Some(12), Some(56)));
        assert_eq!(value.mark.as_deref(), Some(&b"34"[..]));
        for (line, code) in [
            ("HD O1\r\n", ReturnCode::Hd),
            ("EN\r\n", ReturnCode::En),
            ("NS O1\r\n", ReturnCode::Ns),
            ("EX \r\n", ReturnCode::Ex),
            ("NF\r\n", ReturnCode::Nf),
            ("MN\r\n", ReturnCode::Mn),
        ] {
            let reply = whole(line.as_bytes());
            assert_eq!((reply.code, reply.is_in_words), (code, false));
        }
        for (line, code) in [
            ("STORED\r\n", ReturnCode::Hd),
            ("NOT_STORED\r\n", ReturnCode::Ns),
            ("EXISTS\r\n", ReturnCode::Ex),
            ("NOT_FOUND\r\n", ReturnCode::Nf),
        ] {
            let reply = whole(line.as_bytes());
            assert_eq!((reply.code, reply.is_in_words), (code, true));
        }
    }

    #[test]
    fn refusals_of_every_kind() {
        let full = "SERVER_ERROR out of memory storing object\r\n";
        assert_eq!(
            refusal(full.as_bytes()),
            Refusal::Server("out of memory storing object".into())
        );
        let crowded = "Too many open connections";
        let said = format!("ERROR {crowded}\r\n");
        assert_eq!(refusal(said.as_bytes()), Refusal::Server(crowded.into()));
        assert_eq!(refusal(b"ERROR\r\n"), Refusal::Client("ERROR".into()));
        assert_eq!(refusal(b"CLIENT_ERROR bad \x1b\r\n"), Refusal::Client("bad \\x1b".into()));
    }

    #[test]
    fn nonsense_is_told_from_what_is_to_come() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"\r\n",
            b"HD\n",
            b"STORED \r\n",
            b"stored\r\n",
            b"VA\r\n",
            b"VA x\r\n",
            b"VA 101\r\n",
            b"VA 18446744073709551616\r\n",
            b"VA 1 cx\r\na\r\n",
            b"VA 1 c1 tx\r\na\r\n",
            b"VA 1\r\nab\r\n",
            &[b'x'; LONGEST_HEADER],
        ] {
            let decoded = decode(bytes, 100);
            assert!(matches!(decoded, Err(Unwelcome::Broken(_))), "{decoded:?}");
        }
    }

    proptest! {
        #[test]
        fn an_answer_is_complete_at_its_last_byte(
            value in prop::collection::vec(any::<u8>(), 0..100), cas: u64, rest: Vec<u8>,
        ) {
            let mut bytes = format!("VA {} c{cas} O7\r\n", value.len()).into_bytes();
            bytes.extend(&value);
            bytes.extend(b"\r\n");
            for len in 0..bytes.len() {
                prop_assert!(decode(&bytes[..len], 100).unwrap().is_none());
            }
            let len = bytes.len();
            bytes.extend(rest);
            let (reply, consumed) = decode(&bytes, 100).unwrap().unwrap();
            prop_assert_eq!((reply.value, reply.cas, consumed), (Some(value), Some(cas), len));
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(bytes: Vec<u8>, line in "(VA|HD|EN|ME|)[ 0-9cOb]{0,40}\r\n") {
            let _ = decode(&bytes, 100);
            let _ = decode(line.as_bytes(), 100);
        }
    }
}
