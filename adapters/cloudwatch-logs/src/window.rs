//! JSON values out of a stream, one at a time, in bounded memory.

use std::io::Read;
use std::time::Instant;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

use crate::inflate::{self, End};
use crate::{Bounds, CutOff};

/// The part of a stream that is in memory: what has been read and not yet been taken.
///
/// A value is parsed where it lies. If it turns out to go on beyond the window, the window moves,
/// or grows if the value fills more than half of it, and the value is parsed again. So each byte
/// is parsed at most a few times, however long the values are.
pub(crate) struct Window<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// In front of this, members are taken one at a time.
    tried: usize,
    ended: Option<End>,
    inflated: u64,
    bounds: Bounds,
}

/// The size of the window at first, and as long as no value is larger than half of it. Most
/// payloads are small, and all of it is cleared for each.
const FIRST: usize = 16 << 10;

/// The part of the window from which members are taken together, and so the most that they may
/// need.
const MANY: usize = FIRST;

impl<R: Read> Window<R> {
    pub(crate) fn new(reader: R, bounds: Bounds) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            tried: 0,
            ended: None,
            inflated: 0,
            bounds,
        }
    }

    /// The next byte that is no blank; it is not taken.
    pub(crate) fn peek(&mut self) -> Result<u8, CutOff> {
        self.next_byte()?.ok_or(CutOff::Truncated)
    }

    /// Takes the next byte that is no blank, which has to be `expected`.
    pub(crate) fn expect(&mut self, expected: u8) -> Result<(), CutOff> {
        if self.peek()? != expected {
            return Err(CutOff::NotJson);
        }
        self.start += 1;
        Ok(())
    }

    /// Goes to the next member of an array or object, whose opening bracket has been taken: takes
    /// the comma in front of it, or the closing bracket. Answers whether there is a member.
    pub(crate) fn next_member(&mut self, first: &mut bool, close: u8) -> Result<bool, CutOff> {
        let first = std::mem::take(first);
        match self.peek()? {
            byte if byte == close => {
                self.start += 1;
                Ok(false)
            }
            _ if first => Ok(true),
            _ => self.expect(b',').map(|()| true),
        }
    }

    /// Takes many members of an array at once, behind one that has been taken: one parser reads them
    /// all, and its buffer grows but once. Answers whether it did; if not, they are to be taken one
    /// at a time.
    ///
    /// The text from the comma in front of them to the last comma that follows an object is read as
    /// an array of its own. Brackets take the place of both commas. If it is one, that last comma
    /// stood behind a member and not in a text or within a member. If it is none, or not UTF-8, or
    /// a member is of another kind, nothing is taken, and this part of the window is not tried
    /// again.
    pub(crate) fn members<S>(&mut self, seed: S) -> Result<bool, CutOff>
    where
        S: for<'de> DeserializeSeed<'de, Value = ()>,
    {
        if self.peek()? != b',' || self.start < self.tried {
            return Ok(false);
        }
        self.tried = self.end.min(self.start + MANY);
        let text = &mut self.buffer[self.start..self.tried];
        let Some(brace) = text.windows(2).rposition(|pair| pair == b"},") else {
            return Ok(false);
        };
        let comma = brace + 1;
        (text[0], text[comma]) = (b'[', b']');
        // Whether it is UTF-8 is looked at once, and not string by string.
        let is_array = std::str::from_utf8(&text[..=comma]).is_ok_and(|text| {
            let mut array = Deserializer::from_str(text);
            seed.deserialize(&mut array).and_then(|()| array.end()).is_ok()
        });
        (text[0], text[comma]) = (b',', b',');
        if is_array {
            self.start += comma;
        }
        Ok(is_array)
    }

    /// Takes the next value; `None` if it is JSON, but no `T`.
    pub(crate) fn value<T: DeserializeOwned>(&mut self) -> Result<Option<T>, CutOff> {
        self.peek()?;
        loop {
            match self.parse() {
                Parsed::Value(value) => return Ok(Some(value)),
                Parsed::Wrong => return self.skip().map(|()| None),
                Parsed::Incomplete => self.fill()?,
            }
        }
    }

    /// Takes the next value, whatever it is.
    pub(crate) fn skip(&mut self) -> Result<(), CutOff> {
        self.peek()?;
        loop {
            match self.parse::<IgnoredAny>() {
                Parsed::Value(_) => return Ok(()),
                Parsed::Wrong => return Err(CutOff::NotJson),
                Parsed::Incomplete => self.fill()?,
            }
        }
    }

    /// Reads the stream to its end, where only blanks may be left.
    pub(crate) fn finish(&mut self) -> Result<(), CutOff> {
        match self.next_byte()? {
            None => Ok(()),
            Some(_) => Err(CutOff::NotJson),
        }
    }

    /// Parses the value at the start of the window.
    fn parse<T: DeserializeOwned>(&mut self) -> Parsed<T> {
        let text = &self.buffer[self.start..self.end];
        let mut values = Deserializer::from_slice(text).into_iter();
        match values.next() {
            Some(Ok(value)) => {
                let taken = values.byte_offset();
                let may_go_on = !matches!(text.first(), Some(b'{' | b'[' | b'"'));
                if may_go_on && taken == text.len() && self.ended.is_none() {
                    return Parsed::Incomplete;
                }
                self.start += taken;
                Parsed::Value(value)
            }
            Some(Err(error)) if !error.is_eof() => Parsed::Wrong,
            None | Some(Err(_)) => Parsed::Incomplete,
        }
    }

    fn next_byte(&mut self) -> Result<Option<u8>, CutOff> {
        loop {
            let rest = &self.buffer[self.start..self.end];
            if let Some(at) = rest.iter().position(|byte| !b" \t\r\n".contains(byte)) {
                self.start += at;
                return Ok(Some(self.buffer[self.start]));
            }
            self.start = self.end;
            if self.ended == Some(End::Regular) {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// Reads on behind what is in the window. More comes in unless the stream has just ended.
    fn fill(&mut self) -> Result<(), CutOff> {
        match self.ended {
            Some(End::Regular) => return Err(CutOff::Truncated),
            Some(End::Failed(reason)) => return Err(reason),
            None => self.make_room()?,
        }
        if self.bounds.until.is_some_and(|until| Instant::now() >= until) {
            return Err(CutOff::NoTime);
        }
        let (read, ended) = inflate::read(&mut self.reader, &mut self.buffer[self.end..]);
        self.end += read;
        self.inflated += read as u64;
        self.ended = ended;
        if let Some(excess) = self.inflated.checked_sub(self.bounds.inflated).filter(|e| *e > 0) {
            // Not more than was read just now, as it did not exceed the bound before.
            self.end -= excess as usize;
            self.ended = Some(End::Failed(CutOff::TooLarge(self.bounds.inflated)));
        }
        Ok(())
    }

    fn make_room(&mut self) -> Result<(), CutOff> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.tried = 0;
        if self.end >= self.bounds.event {
            return Err(CutOff::EventTooLarge(self.bounds.event));
        }
        let size = self.buffer.len();
        if self.end >= size / 2 {
            self.buffer.resize((2 * size).max(FIRST).min(self.bounds.event), 0);
        }
        Ok(())
    }
}

enum Parsed<T> {
    Value(T),
    /// It is no `T`, and perhaps not JSON.
    Wrong,
    /// It goes on beyond the window.
    Incomplete,
}
