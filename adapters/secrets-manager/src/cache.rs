//! The answers that are kept. No clock in here: the time is an argument.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use session_limit_core::secret::SecretBytes;
use session_limit_core::time::Timestamp;

use crate::CacheSettings;

/// The secret that is stored for a user; `None` for no such user.
pub(crate) type Answer = Option<SecretBytes>;

/// Answers by the name of the secret, bounded in number and size.
#[derive(Debug)]
pub(crate) struct Cache {
    settings: CacheSettings,
    entries: HashMap<String, Entry>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    answer: Answer,
    /// The time at which it was asked for.
    asked: Timestamp,
    /// True if it was handed out after that.
    served: bool,
    /// The time at which the name was last asked for ahead of time.
    refetched: Option<Timestamp>,
}

/// The next step after a login has failed by an answer.
#[derive(Debug)]
pub(crate) enum Refetch {
    /// Nothing: the answer was fresh, or it is too early to ask again.
    No,
    /// Somebody else has asked since that answer was handed out: this is what is stored.
    Known(Answer),
    /// Ask again.
    Ask,
}

impl Cache {
    pub(crate) fn new(settings: CacheSettings) -> Self {
        Self { settings, entries: HashMap::new(), bytes: 0 }
    }

    /// The answer that is kept, unless it is too old.
    pub(crate) fn get(&mut self, name: &str, now: Timestamp) -> Option<Answer> {
        let entry = self.entries.get_mut(name)?;
        if !is_within(entry.asked, now, self.settings.ttl) {
            return None;
        }
        entry.served = true;
        Some(entry.answer.clone())
    }

    /// Keeps an answer that was asked for at `asked`, if there can be room for it.
    pub(crate) fn put(&mut self, name: &str, answer: &Answer, asked: Timestamp) {
        let refetched = self.remove(name).and_then(|entry| entry.refetched);
        let size = size(name, answer);
        if self.settings.ttl.is_zero()
            || self.settings.max_entries == 0
            || size > self.settings.max_bytes
        {
            return;
        }
        while self.entries.len() >= self.settings.max_entries
            || self.bytes + size > self.settings.max_bytes
        {
            self.remove_one();
        }
        self.bytes += size;
        let entry = Entry { answer: answer.clone(), asked, served: false, refetched };
        self.entries.insert(name.to_owned(), entry);
    }

    /// The next step after a login has failed by an answer, however old that is by now.
    pub(crate) fn refetch(&mut self, name: &str, now: Timestamp) -> Refetch {
        let interval = self.settings.refetch_interval;
        match self.entries.get_mut(name) {
            None => Refetch::No,
            Some(entry) => match entry.refetched {
                Some(at) if is_within(at, now, interval) => {
                    if !entry.served && entry.asked == at {
                        Refetch::Known(entry.answer.clone())
                    } else {
                        Refetch::No
                    }
                }
                _ if !entry.served => Refetch::No,
                _ => {
                    entry.refetched = Some(now);
                    Refetch::Ask
                }
            },
        }
    }

    /// True if `answer` is kept already.
    pub(crate) fn holds(&self, name: &str, answer: &Answer) -> bool {
        self.entries.get(name).is_some_and(|entry| bytes(&entry.answer) == bytes(answer))
    }

    fn remove(&mut self, name: &str) -> Option<Entry> {
        let entry = self.entries.remove(name)?;
        self.bytes -= size(name, &entry.answer);
        Some(entry)
    }

    /// Removes "no such user" first: guessed user names must not drive out the users.
    fn remove_one(&mut self) {
        let first = |(_, entry): &(&String, &Entry)| (entry.answer.is_some(), entry.asked);
        if let Some(name) = self.entries.iter().min_by_key(first).map(|(name, _)| name.clone()) {
            self.remove(&name);
        }
    }
}

/// True if `now` is less than `span` after `then`. A clock that was put back proves nothing.
fn is_within(then: Timestamp, now: Timestamp, span: Duration) -> bool {
    then <= now && now.since(then) < span
}

fn bytes(answer: &Answer) -> Option<&[u8]> {
    answer.as_ref().map(SecretBytes::expose)
}

fn size(name: &str, answer: &Answer) -> usize {
    name.len() + bytes(answer).map_or(0, <[u8]>::len)
}
