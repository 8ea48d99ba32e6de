//! JSON objects that hold secrets.
//!
//! serde_json unescapes a text in a buffer of its own and does not wipe it. So the values are taken as
//! they are written, and unescaped here; the names are not.

use std::fmt;
use std::iter;
use std::str::Chars;

use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Number;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// The reason why there is no object to be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    NotJson,
    NotAnObject,
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_data() { Self::NotAnObject } else { Self::NotJson }
    }
}

/// The value of a member.
pub(crate) enum Value<'a> {
    /// Any text may be a secret in the wrong place, so all are wiped.
    Text(SecretString),
    /// Anything else, as it is written: well-formed, but not looked into.
    Other(&'a str),
}

/// The members of an object whose names `known` accepts, in their order. Each stands under what
/// `known` makes of its name. The others are passed over.
pub(crate) fn members<K>(
    json: &[u8],
    known: impl Fn(&str) -> Option<K>,
) -> Result<Vec<(K, Value<'_>)>, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    // The error about a text or a number in place of an object would quote it.
    match json.trim_ascii_start().first() {
        Some(b'"') => {
            value(Deserialize::deserialize(&mut reader)?)?;
            return Err(JsonError::NotAnObject);
        }
        Some(b'-' | b'0'..=b'9') => {
            Number::deserialize(&mut reader)?;
            return Err(JsonError::NotAnObject);
        }
        _ => {}
    }
    let members = reader.deserialize_map(Members(known))?;
    reader.end()?;
    members.into_iter().map(|(name, raw)| Ok((name, value(raw)?))).collect()
}

struct Members<F>(F);

impl<'de, K, F: Fn(&str) -> Option<K>> Visitor<'de> for Members<F> {
    type Value = Vec<(K, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match (self.0)(&name) {
                Some(name) => members.push((name, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(members)
    }
}

fn value(raw: &RawValue) -> Result<Value<'_>, JsonError> {
    match raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(text) => {
            let text = unescape(text).ok_or(JsonError::NotJson)?;
            // A string would give back what it has too much, which may move it and leave a copy.
            Ok(Value::Text(text.as_str().into()))
        }
        None => Ok(Value::Other(raw.get())),
    }
}

/// Unescapes the inside of a well-formed text. `None`: it has a surrogate without its other half.
fn unescape(text: &str) -> Option<Zeroizing<String>> {
    // No escape is shorter than what it stands for, so this never grows, and leaves no copy.
    let mut unescaped = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        unescaped.push_str(plain);
        let mut chars = escape.chars();
        unescaped.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = iter::once(code_unit(&mut chars)?);
                // It is asked for only if the first is half of a pair.
                let second = iter::from_fn(|| {
                    chars = chars.as_str().strip_prefix("\\u")?.chars();
                    code_unit(&mut chars)
                });
                char::decode_utf16(first.chain(second)).next()?.ok()?
            }
            itself => itself,
        });
        rest = chars.as_str();
    }
    unescaped.push_str(rest);
    Some(unescaped)
}

/// The four digits of an escape.
fn code_unit(chars: &mut Chars<'_>) -> Option<u16> {
    let (digits, rest) = chars.as_str().split_at_checked(4)?;
    *chars = rest.chars();
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests;
