//! The requests, each with its flaws.

use std::sync::atomic::Ordering;
use std::time::Duration;

use session_limit_core::store::{
    CounterStore, Key, LONGEST_TTL, Store, StoreError, TableStore, Versioned, Write,
};
use session_limit_core::time::Timestamp;

use super::{Broken, FOREVER, Flaw, Item, MAX_LEN, pause};

impl Store for Broken {
    type Version = u64;

    async fn load(
        &self,
        keys: &[Key],
        now: Timestamp,
    ) -> Result<Vec<Option<Versioned<u64>>>, StoreError> {
        pause().await;
        let mut loaded = Vec::new();
        let backwards = self.flaw == Flaw::LoadReadsBackwards;
        for place in 0..keys.len() {
            let place = if backwards { keys.len() - 1 - place } else { place };
            let item = self.live(&self.items(), &keys[place], now);
            loaded.push(item.map(|Item { value, version, .. }| Versioned { value, version }));
            if backwards {
                // As long as a request may take: now more, now less.
                for _ in 0..self.requests.fetch_add(1, Ordering::Relaxed) % 11 {
                    pause().await;
                }
            }
        }
        match self.flaw {
            Flaw::LoadReadsBackwards => loaded.reverse(),
            Flaw::LoadSkipsMissing if loaded.len() > 1 => loaded.retain(Option::is_some),
            Flaw::LoadStopsAtFifty => loaded.truncate(50),
            _ => {}
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
        pause().await;
        self.check_len(value)?;
        let looks_first = self.flaw == Flaw::AddLooksFirst;
        if looks_first {
            if self.live(&self.items(), key, now).is_some() {
                return Ok(Write::Conflict);
            }
            pause().await;
        }
        let mut items = self.items();
        let there = self.live(&items, key, now);
        if let Some(there) = there
            && !looks_first
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

impl TableStore for Broken {
    async fn replace(
        &self,
        key: &Key,
        version: &u64,
        value: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        pause().await;
        self.check_len(value)?;
        let looks_first = self.flaw == Flaw::ReplaceLooksFirst;
        if looks_first {
            if self.live(&self.items(), key, now).is_none_or(|item| item.version != *version) {
                return Ok(Write::Conflict);
            }
            pause().await;
        }
        let mut items = self.items();
        let mut expires = self.expiry(ttl, now);
        match (self.live(&items, key, now), self.flaw) {
            (Some(_), Flaw::ReplaceConflictsAlways) => return Ok(Write::Conflict),
            (Some(_), Flaw::ReplaceIgnoresVersions | Flaw::ReplaceLooksFirst) => {}
            (None, Flaw::ReplaceCreates | Flaw::ReplaceLooksFirst) => {}
            (None, _) => return Ok(Write::Conflict),
            (Some(item), _) if item.version != *version => return Ok(Write::Conflict),
            (Some(item), Flaw::ReplaceKeepsTtl) => expires = item.expires,
            (Some(_), _) => {}
        }
        self.put(&mut items, key, value, expires, now);
        Ok(Write::Done)
    }
}

impl CounterStore for Broken {
    async fn increment(&self, key: &Key, ttl: Duration, now: Timestamp) -> Result<u64, StoreError> {
        pause().await;
        let mut there = self.number(&self.items(), key, now);
        if self.flaw == Flaw::IncrementLooksFirst {
            pause().await;
        }
        let mut items = self.items();
        if self.flaw != Flaw::IncrementLooksFirst {
            there = self.number(&items, key, now);
        }
        let first = if self.flaw == Flaw::IncrementStartsAtZero { 0 } else { 1 };
        let value = there.map_or(first, |(value, _)| value + 1);
        let expires = match there {
            Some((_, expires)) if self.flaw == Flaw::IncrementKeepsTtl => expires,
            _ => self.expiry(ttl, now),
        };
        self.put(&mut items, key, value.to_string().as_bytes(), expires, now);
        Ok(value)
    }

    async fn decrement(&self, key: &Key, now: Timestamp) -> Result<Option<u64>, StoreError> {
        pause().await;
        let mut there = self.number(&self.items(), key, now);
        if self.flaw == Flaw::DecrementLooksFirst {
            pause().await;
        }
        let mut items = self.items();
        if self.flaw != Flaw::DecrementLooksFirst {
            there = self.number(&items, key, now);
        }
        let (value, expires) = match there {
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
        pause().await;
        Ok(self.number(&self.items(), key, now).map(|(value, _)| value))
    }

    async fn touch(&self, keys: &[Key], ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        pause().await;
        let mut items = self.items();
        for key in keys.iter().filter(|_| self.flaw != Flaw::TouchDoesNothing) {
            let there = self.live(&items, key, now);
            if there.is_some() || self.flaw == Flaw::TouchCreates {
                let value = there.map_or_else(|| b"0".to_vec(), |item| item.value);
                self.put(&mut items, key, &value, self.expiry(ttl, now), now);
            }
        }
        Ok(())
    }
}
