//! What is sent: one or more commands of the meta protocol, as bytes.

use std::iter::once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use memcache::exp::{
    ArithmeticMode, ArithmeticOptions, GetOptions, MetaCommand, SetMode, SetOptions,
    build_arithmetic, build_get, build_noop, build_set,
};
use session_limit_core::store::{Key, LONGEST_TTL, StoreError};

/// The shortest life of an item, in seconds. The server's clock ticks once a second, so that an
/// item that is to live for one may be gone at once.
const SHORTEST_TTL: u64 = 2;

/// As many bytes as a command takes with most keys, but for its value.
const USUAL_COMMAND: usize = 160;

type Command = Result<MetaCommand, memcache::exp::Error>;

/// Commands that are sent in one go.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// The length of the first command.
    first_len: usize,
    commands: usize,
    /// The mark that the first answer bears; the next bears the next number.
    first_mark: Option<u64>,
    effect: Effect,
}

/// What happens if a request is carried out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it only reads.
    None,
    /// The same as if once.
    Repeatable,
    /// Something else, or the second answer is another.
    Once,
}

impl Request {
    /// Reads the values of `keys` and their versions.
    pub(crate) fn load(keys: &[Key]) -> Result<Self, StoreError> {
        Self::of(Effect::None, 0, keys.iter().map(get))
    }

    /// Lets `keys` live for `ttl` from now on.
    pub(crate) fn touch(keys: &[Key], ttl: Duration) -> Result<Self, StoreError> {
        let mut options = GetOptions::default();
        options.value = false;
        options.touch = Some(seconds(ttl));
        Self::of(Effect::Repeatable, 0, keys.iter().map(|key| build_get(key.as_str(), &options)))
    }

    /// Creates `key` unless it exists.
    pub(crate) fn add(key: &Key, value: &[u8], ttl: Duration) -> Result<Self, StoreError> {
        let mut options = SetOptions::default();
        options.mode = SetMode::Add;
        options.ttl = Some(seconds(ttl));
        Self::of(Effect::Once, value.len(), once(build_set(key.as_str(), value, &options)))
    }

    /// Replaces the version `cas` of `key`.
    pub(crate) fn swap(
        key: &Key,
        cas: u64,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Self, StoreError> {
        Self::of(Effect::Once, value.len(), once(set_if(key, cas, value, ttl)))
    }

    /// Replaces the version `cas` of `key`, and then reads what is there.
    pub(crate) fn swap_and_load(
        key: &Key,
        cas: u64,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Self, StoreError> {
        let commands = [set_if(key, cas, value, ttl), get(key)];
        Self::of(Effect::Once, value.len(), commands.into_iter())
    }

    /// Adds one to `key`, or creates it as 1.
    pub(crate) fn increment(key: &Key, ttl: Duration) -> Result<Self, StoreError> {
        let mut options = ArithmeticOptions::default();
        options.delta = Some(1);
        options.initial = Some(1);
        options.initial_ttl = Some(seconds(ttl));
        options.ttl = Some(seconds(ttl));
        Self::of(Effect::Once, 0, once(build_arithmetic(key.as_str(), &options)))
    }

    /// Takes one from `key`, if it exists.
    pub(crate) fn decrement(key: &Key) -> Result<Self, StoreError> {
        let mut options = ArithmeticOptions::default();
        options.mode = ArithmeticMode::Decrement;
        options.delta = Some(1);
        Self::of(Effect::Once, 0, once(build_arithmetic(key.as_str(), &options)))
    }

    /// Asks for a sign of life.
    pub(crate) fn probe() -> Self {
        let bytes = build_noop().encode().unwrap_or_default();
        let first_len = bytes.len();
        Self { bytes, first_len, commands: 1, first_mark: None, effect: Effect::None }
    }

    /// The values that go out with `commands` have `value_len` bytes.
    fn of(
        effect: Effect,
        value_len: usize,
        commands: impl ExactSizeIterator<Item = Command>,
    ) -> Result<Self, StoreError> {
        let count = commands.len();
        let first_mark = reserve_marks(count);
        let room = USUAL_COMMAND.saturating_mul(count).saturating_add(value_len);
        let (mut bytes, mut first_len) = (Vec::with_capacity(room), 0);
        for (mark, command) in (first_mark..).zip(commands) {
            let marked = command.map(|command| command.flag(format!("O{mark}")));
            marked.and_then(|command| command.encode_into(&mut bytes)).map_err(rejected)?;
            first_len = if first_len == 0 { bytes.len() } else { first_len };
        }
        Ok(Self { bytes, first_len, commands: count, first_mark: Some(first_mark), effect })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether a server that has been sent the first `sent` bytes may have acted. Until then it
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

    /// Whether `mark` can be on the answer to the command at `index`. Old servers leave it out of
    /// some answers, but none bears the mark of another command.
    pub(crate) fn accepts_mark(&self, index: usize, mark: Option<&[u8]>) -> bool {
        let (Some(first), Some(mark)) = (self.first_mark, mark) else { return true };
        let index = u64::try_from(index).unwrap_or(u64::MAX);
        mark == first.wrapping_add(index).to_string().as_bytes()
    }
}

/// Reads a value and its version.
fn get(key: &Key) -> Command {
    let mut options = GetOptions::default();
    options.return_cas = true;
    build_get(key.as_str(), &options)
}

/// Replaces a version.
fn set_if(key: &Key, cas: u64, value: &[u8], ttl: Duration) -> Command {
    let mut options = SetOptions::default();
    options.compare_cas = Some(cas);
    options.ttl = Some(seconds(ttl));
    build_set(key.as_str(), value, &options)
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
            (Request::load(&[key.clone(), again]), "mg K v c O#\r\nmg K v c O#\r\n"),
            (Request::touch(one, MINUTE), "mg K T60 O#\r\n"),
            (Request::add(&key, b"x y", MINUTE), "ms K 3 ME T60 O#\r\nx y\r\n"),
            (Request::swap(&key, 7, b"", MINUTE), "ms K 0 T60 C7 O#\r\n\r\n"),
            (
                Request::swap_and_load(&key, 7, b"x", MINUTE),
                "ms K 1 T60 C7 O#\r\nx\r\nmg K v c O#\r\n",
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

    #[test]
    fn an_answer_with_the_mark_of_another_command_is_noticed() {
        let (earlier, later) = (Request::decrement(&key()), Request::decrement(&key()));
        let (earlier, later) = (earlier.unwrap(), later.unwrap());
        let mark = |request: &Request| request.first_mark.unwrap().to_string().into_bytes();
        assert!(later.accepts_mark(0, Some(&mark(&later))));
        assert!(!later.accepts_mark(0, Some(&mark(&earlier))));
        assert!(!later.accepts_mark(1, Some(&mark(&later))));
        assert!(later.accepts_mark(0, None));
    }

    #[test]
    fn the_longest_keys_fit() {
        let server = ServerId::new(&format!("s-{}", "f".repeat(64))).unwrap();
        let session = SessionId::new(&"a".repeat(40)).unwrap();
        Request::load(&[Key::session(&server, &session)]).unwrap();
    }
}
