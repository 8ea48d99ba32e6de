//! A store that keeps every rule but one.

mod requests;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use session_limit_core::store::{Key, LONGEST_TTL, StoreError};
use session_limit_core::time::Timestamp;

/// The rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    AddOverwrites,
    AddLooksFirst,
    AddProlongs,
    EmptyIsMissing,
    LoadSkipsMissing,
    LoadReadsBackwards,
    LoadStopsAtFifty,
    NothingExpires,
    EverythingExpiresEarly,
    ShortLivesAreForever,
    LongLivesAreDates,
    ValuesEndAtLineBreaks,
    LargeValuesAreCut,
    KeysIgnoreCase,
    KeysAreCut,
    ReplaceIgnoresVersions,
    ReplaceLooksFirst,
    ReplaceCreates,
    ReplaceKeepsTtl,
    ReplaceConflictsAlways,
    VersionsAreValues,
    VersionsStartAnew,
    IncrementLooksFirst,
    IncrementKeepsTtl,
    IncrementStartsAtZero,
    DecrementLooksFirst,
    DecrementCreates,
    DecrementWraps,
    DecrementProlongs,
    DecrementPads,
    TouchCreates,
    TouchDoesNothing,
}

/// A store with a flaw.
pub(crate) struct Broken {
    flaw: Flaw,
    items: Mutex<Items>,
    requests: AtomicU64,
}

#[derive(Default)]
struct Items {
    by_key: BTreeMap<String, Item>,
    last_version: u64,
}

#[derive(Clone)]
struct Item {
    value: Vec<u8>,
    version: u64,
    expires: Timestamp,
}

const MAX_LEN: usize = 4_096;
const FOREVER: Timestamp = Timestamp::from_millis(u64::MAX);

/// Lets others run, as every request to a server does.
async fn pause() {
    std::thread::yield_now();
    let mut paused = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Broken {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self { flaw, items: Mutex::default(), requests: AtomicU64::new(0) }
    }

    fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn expiry(&self, ttl: Duration, now: Timestamp) -> Timestamp {
        match self.flaw {
            Flaw::NothingExpires => FOREVER,
            Flaw::EverythingExpiresEarly => now.after(ttl / 4),
            Flaw::ShortLivesAreForever if ttl < Duration::from_millis(2) => FOREVER,
            Flaw::LongLivesAreDates if ttl > LONGEST_TTL => now,
            Flaw::LongLivesAreDates => now.after(ttl),
            _ => now.after(ttl.min(LONGEST_TTL)),
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
            _ => items.last_version,
        };
        items.by_key.insert(self.name(key), Item { value, version, expires });
    }

    fn check_len(&self, value: &[u8]) -> Result<(), StoreError> {
        if value.len() > MAX_LEN && self.flaw != Flaw::LargeValuesAreCut {
            return Err(StoreError::Rejected("too large".into()));
        }
        Ok(())
    }

    fn number(&self, items: &Items, key: &Key, now: Timestamp) -> Option<(u64, Timestamp)> {
        let item = self.live(items, key, now)?;
        let text = String::from_utf8(item.value).expect("a number");
        Some((text.parse().expect("a number"), item.expires))
    }
}

fn hash(value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
