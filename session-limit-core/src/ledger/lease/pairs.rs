//! The pairs of a table: the starts that are still remembered, each with the reservation that it
//! has.
//!
//! There may be more than a thousand, and most operations have no use for them. So they stay
//! encoded, a few bytes each, until a session starts.

use std::cmp::Ordering;
use std::fmt;

use super::class::Class;
use super::matching::Pair;
use crate::address::Address;
use crate::login::Phase;
use crate::time::Timestamp;

/// The pairs of all classes, as they are written: class by class in order, and in each class in the
/// order of the starts. A class is its kind, its address, the number of its pairs, and the pairs. A
/// pair is the time since the start before it, and the time from its reservation to its start. All
/// numbers are written as postcard does.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Pairs {
    bytes: Vec<u8>,
}

/// The pairs of one class, in the order of their starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClassPairs {
    pub(super) class: Class,
    pub(super) pairs: Vec<Pair>,
}

impl Pairs {
    /// Reads pairs. `None` unless `bytes` are pairs that are written just like that.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        walk(bytes, |_, _| ())?;
        Some(Self { bytes: bytes.to_vec() })
    }

    /// The pairs as they are written.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The pairs, by class.
    pub(super) fn by_class(&self) -> Vec<ClassPairs> {
        let mut classes: Vec<ClassPairs> = Vec::new();
        // They have been read once before, or were written by this very code.
        let _ = walk(&self.bytes, |class, pair| match classes.last_mut() {
            Some(of) if of.class == class => of.pairs.push(pair),
            _ => classes.push(ClassPairs { class, pairs: vec![pair] }),
        });
        classes
    }

    /// Writes the pairs of these classes, which are in order. Those without pairs are left out.
    pub(super) fn from_classes(classes: &[ClassPairs]) -> Self {
        let mut bytes = Vec::new();
        for ClassPairs { class, pairs } in classes.iter().filter(|of| !of.pairs.is_empty()) {
            let (version, address) = class.address.map_or((0, 0), Address::to_bits);
            bytes.push((version << 1).saturating_add((class.phase == Phase::Key).into()));
            push(&mut bytes, &(address, pairs.len() as u64));
            let mut before = Timestamp::EPOCH;
            for pair in pairs {
                let since = pair.start.as_millis().saturating_sub(before.as_millis());
                push(&mut bytes, &(since, fold(lead(pair))));
                before = pair.start;
            }
        }
        Self { bytes }
    }

    /// Drops the oldest: an eighth of all, and at least one. What is dropped makes later matchings
    /// less exact, in the direction of refusing.
    pub(super) fn drop_oldest(&mut self) {
        let mut classes = self.by_class();
        let mut starts: Vec<_> =
            classes.iter().flat_map(|of| of.pairs.iter().map(|pair| pair.start)).collect();
        let place = starts.len() / 8;
        if place < starts.len() {
            let (_, until, _) = starts.select_nth_unstable(place);
            let until = *until;
            classes.iter_mut().for_each(|of| of.pairs.retain(|pair| pair.start > until));
        }
        *self = Self::from_classes(&classes);
    }
}

/// Shows each pair of `bytes`. `None` unless they are pairs that are written just like that.
fn walk(bytes: &[u8], mut show: impl FnMut(Class, Pair)) -> Option<()> {
    let (mut rest, mut latest) = (bytes, None);
    while let Some((kind, behind)) = rest.split_first() {
        let (bits, behind) = number(behind)?;
        let address = match (kind >> 1, bits) {
            (0, 0) => None,
            (version, bits) => Some(Address::from_bits(version, bits)?),
        };
        let phase = if kind & 1 == 1 { Phase::Key } else { Phase::Password };
        let class = Class { phase, address };
        if latest.replace(class).is_some_and(|latest| latest >= class) {
            return None;
        }
        let (count, mut behind) = number(behind).filter(|(count, _)| *count > 0)?;
        let mut start = 0_u64;
        for _ in 0..count {
            let (since, after) = number(behind)?;
            let (lead, after) = number(after)?;
            start = start.checked_add(since)?;
            let created = start.checked_sub_signed(unfold(lead))?;
            let [start, created] = [start, created].map(Timestamp::from_millis);
            show(class, Pair { start, created });
            behind = after;
        }
        rest = behind;
    }
    Some(())
}

/// The time from its reservation to its start, in milliseconds. It is negative if the reservation
/// seems to have been made after the start, as clocks differ.
fn lead(pair: &Pair) -> i64 {
    let (start, created) = (pair.start.as_millis(), pair.created.as_millis());
    let apart = i64::try_from(start.abs_diff(created)).unwrap_or(i64::MAX);
    match created.cmp(&start) {
        Ordering::Greater => apart.saturating_neg(),
        Ordering::Equal | Ordering::Less => apart,
    }
}

fn push<T: serde::Serialize>(bytes: &mut Vec<u8>, value: &T) {
    // Writing numbers into memory cannot fail.
    if let Ok(written) = postcard::to_io(value, std::mem::take(bytes)) {
        *bytes = written;
    }
}

/// The number that comes next, as postcard writes it, and what is behind it. It has no other form.
/// Every load of a table reads all of them, so it is done by hand.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut shift, mut rest) = (0_u64, 0_u32, bytes);
    loop {
        let (byte, behind) = rest.split_first()?;
        let bits = u64::from(byte & 0x7f);
        let placed = bits.checked_shl(shift)?;
        if placed >> shift != bits || (bits == 0 && shift > 0 && *byte == 0) {
            return None; // it is too large, or has a longer form than it needs
        }
        number |= placed;
        if *byte < 0x80 {
            return Some((number, behind));
        }
        (shift, rest) = (shift.saturating_add(7), behind);
    }
}

/// A small number for a small time, positive or negative.
fn fold(lead: i64) -> u64 {
    (lead.wrapping_shl(1) ^ (lead >> 63)).cast_unsigned()
}

fn unfold(lead: u64) -> i64 {
    (lead >> 1).cast_signed() ^ (lead & 1).cast_signed().wrapping_neg()
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.by_class()).finish()
    }
}

#[cfg(test)]
mod tests;
