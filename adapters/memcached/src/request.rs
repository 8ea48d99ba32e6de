//! Requests: one or more commands, as bytes.
//!
//! They are of the meta protocol, but for those that write a value. `ms` deletes what there is,
//! whatever its mode and its version, if the server has no memory for the value that it brings or
//! finds that too large. `add` and `cas` leave it there. That is so in 1.6.12, was tried on 1.6.18,
//! and is the same in all versions since.

use std::fmt;
use std::io::Write as _;
use std::iter::once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use memcache::exp::{
    ArithmeticMode, ArithmeticOptions, GetOptions, MetaCommand, build_arithmetic, build_get,
    build_noop,
};
use session_limit_core::store::{Key, LONGEST_TTL, StoreError};

use crate::effect::Effect;
use crate::reply::Reply;

/// The shortest life of an item, in seconds. The server's clock ticks once a second, so that an
/// item that is to live for one may be gone at once.
const SHORTEST_TTL: u64 = 2;

/// The bytes that a command takes with most keys, but for its value.
const USUAL_COMMAND: usize = 160;

type Command = Result<MetaCommand, memcache::exp::Error>;

/// Commands that are sent in one go.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// The length of the first command.
    first_len: usize,
    commands: usize,
    /// The mark that the first answer bears, if it is none in words; the next bears the next
    /// number.
    first_mark: Option<u64>,
    /// The first command brings a value, and is answered in words.
    brings_value: bool,
    effect: Effect,
}

impl Request {
    /// Reads the values of `keys`, their versions and how long they live on.
    pub(crate) fn load(keys: &[Key]) -> Result<Self, StoreError> {
        Self::of(Effect::None, keys.iter().map(get))
    }

    /// Lets `keys` live for `ttl` from now on.
    pub(crate) fn touch(keys: &[Key], ttl: Duration) -> Result<Self, StoreError> {
        let mut options = GetOptions::default();
        options.value = false;
        options.touch = Some(seconds(ttl));
        Self::of(Effect::Repeatable, keys.iter().map(|key| build_get(key.as_str(), &options)))
    }

    /// Creates `key` unless it exists.
    pub(crate) fn add(key: &Key, value: &[u8], ttl: Duration) -> Result<Self, StoreError> {
        let (ttl, len) = (seconds(ttl), value.len());
        Self::bringing(value, format_args!("add {key} 0 {ttl} {len}\r\n"), None)
    }

    /// Replaces the version `cas` of `key`.
    pub(crate) fn swap(
        key: &Key,
        cas: u64,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Self, StoreError> {
        let (ttl, len) = (seconds(ttl), value.len());
        Self::bringing(value, format_args!("cas {key} 0 {ttl} {len} {cas}\r\n"), None)
    }

    /// Replaces the version `cas` of `key`, and then reads what is there.
    pub(crate) fn swap_and_load(
        key: &Key,
        cas: u64,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Self, StoreError> {
        let (ttl, len) = (seconds(ttl), value.len());
        let line = format_args!("cas {key} 0 {ttl} {len} {cas}\r\n");
        Self::bringing(value, line, Some(get(key)))
    }

    /// Adds one to `key`, or creates it as 1.
    pub(crate) fn increment(key: &Key, ttl: Duration) -> Result<Self, StoreError> {
        let mut options = ArithmeticOptions::default();
        options.delta = Some(1);
        options.initial = Some(1);
        options.initial_ttl = Some(seconds(ttl));
        options.ttl = Some(seconds(ttl));
        Self::of(Effect::Once, once(build_arithmetic(key.as_str(), &options)))
    }

    /// Takes one from `key`, if it exists.
    pub(crate) fn decrement(key: &Key) -> Result<Self, StoreError> {
        let mut options = ArithmeticOptions::default();
        options.mode = ArithmeticMode::Decrement;
        options.delta = Some(1);
        Self::of(Effect::Once, once(build_arithmetic(key.as_str(), &options)))
    }

    /// Asks for a sign of life.
    pub(crate) fn probe() -> Self {
        let bytes = build_noop().encode().unwrap_or_default();
        Self { first_len: bytes.len(), bytes, commands: 1, ..Self::nothing(Effect::None) }
    }

    /// Commands of the meta protocol.
    fn of(
        effect: Effect,
        commands: impl ExactSizeIterator<Item = Command>,
    ) -> Result<Self, StoreError> {
        let mut request = Self::nothing(effect);
        request.bytes.reserve(USUAL_COMMAND.saturating_mul(commands.len()));
        let first_mark = reserve_marks(commands.len());
        for (mark, command) in (first_mark..).zip(commands) {
            request.push(mark, command)?;
        }
        Ok(Self { first_mark: Some(first_mark), ..request })
    }

    /// A command that is `line` and `value`, and then perhaps one of the meta protocol.
    fn bringing(
        value: &[u8],
        line: fmt::Arguments<'_>,
        then: Option<Command>,
    ) -> Result<Self, StoreError> {
        let mut request = Self::nothing(Effect::Once);
        request.bytes.reserve(2 * USUAL_COMMAND + value.len());
        // There is always room in a vector.
        let _ = request.bytes.write_fmt(line);
        request.bytes.extend_from_slice(value);
        request.bytes.extend_from_slice(b"\r\n");
        (request.first_len, request.commands, request.brings_value) =
            (request.bytes.len(), 1, true);
        let first_mark = reserve_marks(2);
        if let Some(command) = then {
            request.push(first_mark.wrapping_add(1), command)?;
        }
        Ok(Self { first_mark: Some(first_mark), ..request })
    }

    fn nothing(effect: Effect) -> Self {
        let (first_len, commands) = (0, 0);
        Self {
            bytes: Vec::new(),
            first_len,
            commands,
            first_mark: None,
            brings_value: false,
            effect,
        }
    }

    fn push(&mut self, mark: u64, command: Command) -> Result<(), StoreError> {
        let marked = command.map(|command| command.flag(format!("O{mark}")));
        marked.and_then(|command| command.encode_into(&mut self.bytes)).map_err(rejected)?;
        self.first_len = if self.commands == 0 { self.bytes.len() } else { self.first_len };
        self.commands = self.commands.saturating_add(1);
        Ok(())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// True if a server that has been sent the first `sent` bytes may have acted. Until then it
    /// waits for the end of a command.
    pub(crate) fn may_act_on(&self, sent: usize) -> bool {
        sent >= self.first_len
    }

    pub(crate) fn commands(&self) -> usize {
        self.commands
    }

    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    /// True if `reply` can be the answer to the command at `index`. None bears the mark of another
    /// command. Old servers leave the mark out of some answers, and words never bear one.
    pub(crate) fn accepts(&self, index: usize, reply: &Reply) -> bool {
        if reply.is_in_words || (self.brings_value && index == 0) {
            return reply.is_in_words && self.brings_value && index == 0;
        }
        let (Some(first), Some(mark)) = (self.first_mark, &reply.mark) else { return true };
        let index = u64::try_from(index).unwrap_or(u64::MAX);
        mark == first.wrapping_add(index).to_string().as_bytes()
    }
}

/// Reads a value, its version and how long it lives on.
fn get(key: &Key) -> Command {
    let mut options = GetOptions::default();
    options.return_cas = true;
    options.return_ttl = true;
    build_get(key.as_str(), &options)
}

/// Marks that no other command of this process bears.
fn reserve_marks(count: usize) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed)
}

/// A time to live in whole seconds, rounded up.
fn seconds(ttl: Duration) -> u32 {
    let rounded_up = ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0));
    let seconds = rounded_up.clamp(SHORTEST_TTL, LONGEST_TTL.as_secs());
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

fn rejected(error: memcache::exp::Error) -> StoreError {
    StoreError::Rejected(error.to_string())
}

#[cfg(test)]
mod tests {
    use memcache::exp::ReturnCode;
    use session_limit_core::names::{ServerId, SessionId, UserName};

    use super::*;

    fn key() -> Key {
        Key::counter(&ServerId::new("s-1").unwrap(), &UserName::new("bob").unwrap())
    }

    /// The request's text with its marks replaced.
    fn text(request: &Request) -> String {
        let mut text = String::from_utf8(request.bytes().to_vec()).unwrap();
        let first = request.first_mark.unwrap();
        for index in 0..request.commands() {
            text = text.replace(&format!(" O{}", first + index as u64), " O#");
        }
        text
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn each_request_is_what_memcached_1_6_12_knows() {
        let (key, again) = (key(), key());
        let one = std::slice::from_ref(&key);
        for (request, expected) in [
            (Request::load(&[key.clone(), again]), "mg K v c t O#\r\nmg K v c t O#\r\n"),
            (Request::touch(one, MINUTE), "mg K T60 O#\r\n"),
            (Request::add(&key, b"x y", MINUTE), "add K 0 60 3\r\nx y\r\n"),
            (Request::swap(&key, 7, b"", MINUTE), "cas K 0 60 0 7\r\n\r\n"),
            (
                Request::swap_and_load(&key, 7, b"x", MINUTE),
                "cas K 0 60 1 7\r\nx\r\nmg K v c t O#\r\n",
            ),
            (Request::increment(&key, MINUTE), "ma K v D1 N60 J1 T60 O#\r\n"),
            (Request::decrement(&key), "ma K MD v D1 O#\r\n"),
        ] {
            assert_eq!(text(&request.unwrap()), expected.replace('K', key.as_str()));
        }
        assert_eq!(Request::probe().bytes(), b"mn\r\n");
    }

    #[test]
    fn a_server_may_act_on_the_first_command() {
        let (key, value) = (key(), b"x");
        let swap = Request::swap(&key, 7, value, MINUTE).unwrap();
        let pair = Request::swap_and_load(&key, 7, value, MINUTE).unwrap();
        for (request, swap_len) in [(&swap, swap.bytes().len()), (&pair, swap_len_in(&pair))] {
            assert!(!request.may_act_on(swap_len - 1) && request.may_act_on(swap_len));
        }
    }

    fn swap_len_in(pair: &Request) -> usize {
        let text = std::str::from_utf8(pair.bytes()).unwrap();
        text.find("mg ").unwrap()
    }

    #[test]
    fn a_time_to_live_is_whole_seconds_between_two_and_thirty_days() {
        assert_eq!(seconds(Duration::ZERO), 2);
        assert_eq!(seconds(Duration::from_millis(1_500)), 2);
        assert_eq!(seconds(Duration::from_millis(2_001)), 3);
        assert_eq!(seconds(Duration::from_secs(300)), 300);
        assert_eq!(seconds(LONGEST_TTL), 2_592_000);
        assert_eq!(seconds(Duration::MAX), 2_592_000);
    }

    /// An answer, of a code that does not matter.
    fn reply(is_in_words: bool, mark: Option<u64>) -> Reply {
        let mark = mark.map(|mark| mark.to_string().into_bytes());
        Reply { code: ReturnCode::Hd, value: None, cas: None, ttl: None, mark, is_in_words }
    }

    #[test]
    fn an_answer_with_the_mark_of_another_command_is_noticed() {
        let (earlier, later) = (Request::decrement(&key()), Request::decrement(&key()));
        let (earlier, later) = (earlier.unwrap(), later.unwrap());
        assert!(later.accepts(0, &reply(false, later.first_mark)));
        assert!(!later.accepts(0, &reply(false, earlier.first_mark)));
        assert!(!later.accepts(1, &reply(false, later.first_mark)));
        assert!(later.accepts(0, &reply(false, None)));
    }

    #[test]
    fn only_what_brings_a_value_is_answered_in_words() {
        let pair = Request::swap_and_load(&key(), 7, b"x", MINUTE).unwrap();
        let second_mark = pair.first_mark.map(|mark| mark + 1);
        assert!(pair.accepts(0, &reply(true, None)) && pair.accepts(1, &reply(false, second_mark)));
        assert!(!pair.accepts(0, &reply(false, None)) && !pair.accepts(1, &reply(true, None)));
        assert!(!pair.accepts(0, &reply(false, pair.first_mark)));
        for request in [Request::decrement(&key()).unwrap(), Request::probe()] {
            assert!(request.accepts(0, &reply(false, None)));
            assert!(!request.accepts(0, &reply(true, None)));
        }
    }

    #[test]
    fn the_longest_keys_fit() {
        let server = ServerId::new(&format!("s-{}", "f".repeat(64))).unwrap();
        let session = SessionId::new(&"a".repeat(40)).unwrap();
        Request::load(&[Key::session(&server, &session)]).unwrap();
    }
}
