//! The requests, each with its flaws.

use std::cmp::Reverse;
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, LONGEST_TTL, Store, StoreError, Swap, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use super::{FOREVER, Flaw, FlawedStore, Item, MAX_LEN, SHORT, be_away, number};

impl Store for FlawedStore {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        let mut order: Vec<_> = (0..keys.len()).collect();
        let mut one_by_one = true;
        match self.flaw {
            Flaw::LoadReadsBackwards => order.reverse(),
            Flaw::LoadReadsSorted => order.sort_by_key(|place| &keys[*place]),
            Flaw::LoadReadsSortedDown => order.sort_by_key(|place| Reverse(&keys[*place])),
            _ => one_by_one = false,
        }
        let mut loaded = vec![None; keys.len()];
        for place in order {
            if one_by_one {
                be_away();
            }
            loaded[place] = self.read(&keys[place], now).map(|item| {
                let remaining = self.remaining(&item, now);
                Versioned { value: item.value, version: item.version, remaining }
            });
        }
        if self.flaw == Flaw::LoadSkipsMissing && loaded.len() > 1 {
            loaded.retain(Option::is_some);
        }
        Ok(loaded)
    }

    async fn add(
        &self,
        key: &Key,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check_len(value)?;
        let _lock = self.lock_itself();
        let (there, mut items) = self.look(key, now, Flaw::AddLooksFirst);
        if let Some(there) = there
            && self.flaw != Flaw::AddOverwrites
        {
            if self.flaw == Flaw::AddProlongs {
                self.put(&mut items, key, &there.value, self.expiry(ttl, now), now);
            }
            return Ok(Write::Conflict);
        }
        self.put(&mut items, key, value, self.expiry(ttl, now), now);
        Ok(Write::Done)
    }

    fn max_value_len(&self) -> usize {
        MAX_LEN
    }
}

impl TableStore for FlawedStore {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        self.check_len(value)?;
        let _lock = self.lock_itself();
        let (there, mut items) = self.look(key, now, Flaw::ReplaceLooksFirst);
        let mut expires = self.expiry(ttl, now);
        match (there, self.flaw) {
            (Some(_), Flaw::ReplaceConflictsAlways) => return Ok(Write::Conflict),
            (Some(_), Flaw::ReplaceIgnoresVersions) | (None, Flaw::ReplaceCreates) => {}
            (None, _) => return Ok(Write::Conflict),
            (Some(item), _) if item.version != *version => return Ok(Write::Conflict),
            (Some(item), Flaw::ReplaceKeepsTtl) => expires = item.expires,
            (Some(_), Flaw::ShortSwapsAreForever) if ttl < SHORT => expires = FOREVER,
            (Some(_), Flaw::LongSwapsAreDates) if ttl >= LONGEST_TTL => expires = now,
            (Some(_), _) => {}
        }
        self.put(&mut items, key, value, expires, now);
        Ok(Write::Done)
    }

    async fn replace_or_load(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Swap<u64>, StoreError> {
        let before = self.read(key, now);
        if self.flaw == Flaw::FailedSwapsFindTheOldValue {
            be_away();
        }
        if self.replace(key, version, value, ttl, now).await? == Write::Done {
            return Ok(Swap::Done);
        }
        let at = match self.flaw {
            Flaw::FailedSwapsFindTheExpired => Timestamp::EPOCH,
            _ => now,
        };
        let there = self.read(key, at).map(|item| {
            let remaining = self.remaining(&item, now);
            let Item { value, version: current, .. } = item;
            let (value, version) = match self.flaw {
                Flaw::FailedSwapsFindTheirVersion => (value, *version),
                Flaw::FailedSwapsFindTheOldValue => {
                    (before.map_or(value, |before| before.value), current)
                }
                _ => (value, current),
            };
            Versioned { value, version, remaining }
        });
        Ok(Swap::Conflict(there.filter(|_| self.flaw != Flaw::FailedSwapsFindNothing)))
    }
}

impl CounterStore for FlawedStore {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        let _lock = self.lock_itself();
        let (there, mut items) = self.look(key, now, Flaw::IncrementLooksFirst);
        let there = there.map(number);
        let first = if self.flaw == Flaw::IncrementStartsAtZero { 0 } else { 1 };
        let value = there.map_or(first, |(value, _)| value + 1);
        let expires = match there {
            Some((_, expires)) if self.flaw == Flaw::IncrementKeepsTtl => expires,
            Some((_, expires)) if self.flaw == Flaw::IncrementOnlyProlongs => {
                expires.max(self.expiry(ttl, now))
            }
            _ => self.expiry(ttl, now),
        };
        self.put(&mut items, key, value.to_string().as_bytes(), expires, now);
        Ok(value)
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        let _lock = self.lock_itself();
        let (there, mut items) = self.look(key, now, Flaw::DecrementLooksFirst);
        let (value, expires) = match there.map(number) {
            None if self.flaw == Flaw::DecrementCreates => (0, FOREVER),
            None => return Ok(None),
            Some((value, expires)) => (value, expires),
        };
        let value = match self.flaw {
            Flaw::DecrementWraps => value.wrapping_sub(1),
            _ => value.saturating_sub(1),
        };
        let expires = match self.flaw {
            Flaw::DecrementProlongs => now.after(LONGEST_TTL),
            _ => expires,
        };
        let text = match self.flaw {
            Flaw::DecrementPads if value == 9 => "9 ".to_owned(),
            _ => value.to_string(),
        };
        self.put(&mut items, key, text.as_bytes(), expires, now);
        Ok(Some(value))
    }

    async fn count(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        Ok(self.live(&self.items(), key, now).map(|item| number(item).0))
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        let mut items = self.items();
        for key in keys {
            let there = self.live(&items, key, now);
            let mut expires = self.expiry(ttl, now);
            let value = match (there, self.flaw) {
                (_, Flaw::TouchDoesNothing) => continue,
                (None, Flaw::TouchCreates) => b"0".to_vec(),
                (None, _) => continue,
                (Some(item), Flaw::TouchKnowsOnlyCounters) if item.value == b"x" => continue,
                (Some(item), Flaw::TouchOnlyProlongs) => {
                    expires = expires.max(item.expires);
                    item.value
                }
                (Some(item), _) => item.value,
            };
            self.put(&mut items, key, &value, expires, now);
        }
        Ok(())
    }
}
