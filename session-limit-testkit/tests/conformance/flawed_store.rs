//! A store that keeps every rule but one.

mod requests;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use session_limit_core::store::{Key, LONGEST_TTL, StoreError};
use session_limit_core::time::Timestamp;

/// A rule that the store breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    AddOverwrites,
    AddLooksFirst,
    AddProlongs,
    EmptyIsMissing,
    LoadSkipsMissing,
    LoadReadsBackwards,
    LoadReadsSorted,
    LoadReadsSortedDown,
    LoadIsCached,
    NothingExpires,
    EverythingExpiresEarly,
    ShortLivesAreForever,
    LongLivesAreDates,
    ShortSwapsAreForever,
    LongSwapsAreDates,
    ValuesEndAtLineBreaks,
    LargeValuesAreCut,
    KeysIgnoreCase,
    KeysAreCut,
    ReplaceIgnoresVersions,
    ReplaceLooksFirst,
    ReplaceCreates,
    ReplaceKeepsTtl,
    ReplaceConflictsAlways,
    FailedSwapsFindNothing,
    FailedSwapsFindTheExpired,
    /// The swap returns the version it went by, which is gone.
    FailedSwapsFindTheirVersion,
    /// The swap returns the current version, with the value from before it.
    FailedSwapsFindTheOldValue,
    VersionsAreValues,
    VersionsStartAnew,
    VersionsAreBytes,
    IncrementLooksFirst,
    IncrementKeepsTtl,
    IncrementOnlyProlongs,
    IncrementStartsAtZero,
    DecrementLooksFirst,
    DecrementCreates,
    DecrementWraps,
    DecrementProlongs,
    DecrementPads,
    TouchCreates,
    TouchDoesNothing,
    TouchOnlyProlongs,
    TouchKnowsOnlyCounters,
    /// A load tells the life that remained when the item was written.
    RemainingStandsStill,
    /// A load tells the remaining life by the caller's clock.
    RemainingIsTheCallers,
    /// A load tells the remaining life as if the item had not been written since it was created.
    RemainingIsOfTheFirstWrite,
    /// Every write looks first, under a lock that other handles do not know.
    LocksOnlyItself,
}

/// A handle on a store with a flaw.
pub(crate) struct FlawedStore {
    flaw: Flaw,
    items: Arc<Mutex<Items>>,
    own: Mutex<Cache>,
}

/// The items that a handle has read.
type Cache = BTreeMap<String, Option<Item>>;

#[derive(Default)]
pub(crate) struct Items {
    by_key: BTreeMap<String, Item>,
    last_version: u64,
    /// The store's own clock, in milliseconds. It only serves to tell the remaining life.
    clock: AtomicU64,
}

impl Items {
    pub(crate) fn pass_time(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).expect("a time that fits");
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    fn own_now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::Relaxed))
    }
}

#[derive(Clone)]
struct Item {
    value: Vec<u8>,
    version: u64,
    expires: Timestamp,
    /// The life that it was given when it was written, and its end by the store's own clock.
    own_life: (Duration, Timestamp),
}

const MAX_LEN: usize = 4_096;
const SHORT: Duration = Duration::from_millis(2);
const FOREVER: Timestamp = Timestamp::from_millis(u64::MAX);

impl FlawedStore {
    pub(crate) fn new(flaw: Flaw, items: &Arc<Mutex<Items>>) -> Self {
        Self { flaw, items: Arc::clone(items), own: Mutex::default() }
    }

    fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> MutexGuard<'_, Cache> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a lock on this handle alone, if that is the flaw.
    fn lock_itself(&self) -> Option<MutexGuard<'_, Cache>> {
        (self.flaw == Flaw::LocksOnlyItself).then(|| self.own())
    }

    /// Returns what is under `key`, and the items to write to. If `looks_first` is the flaw, the
    /// items are unlocked in between.
    fn look(
        &self,
        key: &Key,
        now: Timestamp,
        looks_first: Flaw,
    ) -> (Option<Item>, MutexGuard<'_, Items>) {
        let items = self.items();
        let there = self.live(&items, key, now);
        if self.flaw != looks_first && self.flaw != Flaw::LocksOnlyItself {
            return (there, items);
        }
        drop(items);
        be_away();
        (there, self.items())
    }

    fn name(&self, key: &Key) -> String {
        let name = key.as_str();
        match self.flaw {
            Flaw::KeysIgnoreCase => name.to_lowercase(),
            Flaw::KeysAreCut => name[..name.len().min(120)].to_owned(),
            _ => name.to_owned(),
        }
    }

    fn live(&self, items: &Items, key: &Key, now: Timestamp) -> Option<Item> {
        let empty_is_missing = self.flaw == Flaw::EmptyIsMissing;
        let item = items.by_key.get(&self.name(key)).filter(|item| item.expires > now)?;
        (!empty_is_missing || !item.value.is_empty()).then(|| item.clone())
    }

    /// The item that a load finds under `key`.
    fn read(&self, key: &Key, now: Timestamp) -> Option<Item> {
        if self.flaw != Flaw::LoadIsCached {
            return self.live(&self.items(), key, now);
        }
        let known = self.own().get(&self.name(key)).cloned();
        let known = known.unwrap_or_else(|| self.live(&self.items(), key, now));
        self.own().insert(self.name(key), known.clone());
        known.filter(|item| item.expires > now)
    }

    /// The remaining life of `item`. Most flaws have nothing to do with it, and their stores do not
    /// tell it.
    fn remaining(&self, item: &Item, now: Timestamp) -> Option<Duration> {
        let (life, end) = item.own_life;
        match self.flaw {
            Flaw::None | Flaw::RemainingIsOfTheFirstWrite => {
                Some(end.since(self.items().own_now()))
            }
            Flaw::RemainingStandsStill => Some(life),
            Flaw::RemainingIsTheCallers => Some(item.expires.since(now)),
            _ => None,
        }
    }

    fn expiry(&self, ttl: Duration, now: Timestamp) -> Timestamp {
        match self.flaw {
            Flaw::NothingExpires => FOREVER,
            Flaw::EverythingExpiresEarly => now.after(ttl / 4),
            Flaw::ShortLivesAreForever if ttl < SHORT => FOREVER,
            Flaw::LongLivesAreDates if ttl >= LONGEST_TTL => now,
            _ => now.after(ttl),
        }
    }

    fn put(&self, items: &mut Items, key: &Key, value: &[u8], expires: Timestamp, now: Timestamp) {
        let mut value = value.to_vec();
        match self.flaw {
            Flaw::LargeValuesAreCut => value.truncate(MAX_LEN),
            Flaw::ValuesEndAtLineBreaks => {
                value.truncate(value.iter().position(|b| *b == b'\r').unwrap_or(value.len()));
            }
            _ => {}
        }
        items.last_version += 1;
        let old = self.live(items, key, now).map_or(0, |item| item.version);
        let version = match self.flaw {
            Flaw::VersionsStartAnew => old + 1,
            Flaw::VersionsAreValues => hash(&value),
            Flaw::VersionsAreBytes if old > 0 => old & !0xff | (old + 1) & 0xff,
            Flaw::VersionsAreBytes => items.last_version << 8,
            _ => items.last_version,
        };
        let life = expires.since(now);
        let own_life = match items.by_key.get(&self.name(key)) {
            Some(old) if self.flaw == Flaw::RemainingIsOfTheFirstWrite => old.own_life,
            _ => (life, items.own_now().after(life)),
        };
        items.by_key.insert(self.name(key), Item { value, version, expires, own_life });
        if self.flaw == Flaw::LoadIsCached {
            self.own().remove(&self.name(key));
        }
    }

    fn check_len(&self, value: &[u8]) -> Result<(), StoreError> {
        if value.len() > MAX_LEN && self.flaw != Flaw::LargeValuesAreCut {
            return Err(StoreError::Rejected("too large".into()));
        }
        Ok(())
    }
}

/// Takes the time that lies between a look and the write that follows it, if a store's server is
/// another machine. It is long enough for others to come in between.
fn be_away() {
    std::thread::sleep(Duration::from_millis(1));
}

fn number(item: Item) -> (u64, Timestamp) {
    let text = String::from_utf8(item.value).expect("a number");
    (text.parse().expect("a number"), item.expires)
}

fn hash(value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
