//! No password and no hash is left in memory once a login has been answered.
#![cfg(target_os = "linux")]

use std::fmt::Write;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;

use session_limit_core::grant::Response;
use session_limit_core::ledger::Untracked;
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_core::time::Timestamp;
use session_limit_lambda::{IdentityHandler, Invocation};
use session_limit_settings::Settings;
use zeroize::Zeroizing;

/// Texts that are looked for are kept masked by this, so that they are not found where they are
/// kept.
const MASK: u8 = 0x55;

/// A text that is nowhere in memory unless somebody has read it.
struct Masked(Vec<u8>);

impl Masked {
    fn new(seed: u8) -> Self {
        Self((0..64_u8).map(|n| (b'a' + n.wrapping_mul(seed) % 26) ^ MASK).collect())
    }

    fn read(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len()));
        text.extend(self.0.iter().map(|byte| char::from(byte ^ MASK)));
        text
    }

    /// The number of times that it is in the memory that this process may write. The allocator
    /// writes into the ends of what is given back to it, so the middle of it will do.
    fn count(&self) -> usize {
        let middle = &self.0[24..40];
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut buffer = vec![0; 1 << 16];
        // What is read is not to be found once more where it is read to.
        let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
        let mut found = 0;
        for mut range in maps.lines().filter_map(writable) {
            while range.len() >= middle.len() {
                let part = &mut buffer[..range.len().min(1 << 16)];
                if memory.read_exact_at(part, range.start as u64).is_err() {
                    break;
                }
                let starts = part.windows(middle.len()).enumerate();
                let starts = starts.filter(|(_, part)| part.iter().zip(middle).all(is_masked));
                found += starts.filter(|(at, _)| !own.contains(&(range.start + at))).count();
                range.start += part.len() - (middle.len() - 1);
            }
        }
        found
    }
}

fn is_masked((byte, masked): (&u8, &u8)) -> bool {
    byte ^ MASK == *masked
}

/// The addresses in a line of `/proc/self/maps`, such as `7f12-7f34 rw-p …`.
fn writable(line: &str) -> Option<Range<usize>> {
    let (addresses, rest) = line.split_once(' ')?;
    let (start, end) = addresses.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).unwrap();
    rest.starts_with("rw").then(|| address(start)..address(end))
}

/// Hands out its secret once.
struct Once(Mutex<Option<SecretBytes>>);

impl UserSecrets for Once {
    async fn secret(
        &self,
        _: &ServerId,
        _: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        Ok(self.0.lock().unwrap().take())
    }
}

/// A secret, in a buffer that has room for more, as those have that come from a network.
fn secret(password: &str) -> SecretBytes {
    let mut json = String::with_capacity(1_000);
    json.push_str(r#"{"Role":"arn:aws:iam::123456789012:role/bob","Password":"#);
    push_text(&mut json, password);
    json.push('}');
    json.into()
}

fn event(password: &str) -> Zeroizing<String> {
    let mut event = Zeroizing::new(String::with_capacity(1_000));
    event.push_str(r#"{"username":"bob","protocol":"SFTP","serverId":"s-1234","password":"#);
    push_text(&mut event, password);
    event.push('}');
    event
}

/// Nothing but the password.
fn bare(password: &str) -> Zeroizing<String> {
    let mut json = Zeroizing::new(String::with_capacity(1_000));
    push_text(&mut json, password);
    json
}

/// Its last character is escaped, so that it cannot be read without a copy.
fn push_text(json: &mut String, text: &str) {
    let (start, last) = text.split_at(text.len() - 1);
    write!(json, r#""{start}\u{:04x}""#, last.as_bytes()[0]).unwrap();
}

fn answer(secret: SecretBytes, event: &str) -> Response {
    let lookup = |name: &str| match name {
        "SESSION_STORE" => Some("none".into()),
        "REFUSAL_FLOOR_MS" => Some("0".into()),
        _ => None,
    };
    let users = Once(Mutex::new(Some(secret)));
    let handler = IdentityHandler::new(users, Untracked, &Settings::read(lookup).unwrap());
    let deadline = Timestamp::from_millis(u64::MAX);
    let invocation = Invocation { request_id: "a".into(), deadline };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().unwrap();
    runtime.block_on(handler.answer(event.as_bytes(), &invocation))
}

#[test]
fn no_secret_is_left_in_memory() {
    let (right, wrong, hash) = (Masked::new(7), Masked::new(11), Masked::new(15));
    assert_eq!(right.count(), 0);
    let kept = secret(&right.read());
    assert_eq!(right.count(), 1, "what is there is found, and once");
    drop(kept);
    assert_eq!(right.count(), 0, "a secret that was dropped");

    assert_ne!(answer(secret(&right.read()), &event(&right.read())), Response::Refused);
    assert_eq!(right.count(), 0, "a login with the right password");
    assert_eq!(answer(secret(&right.read()), &event(&wrong.read())), Response::Refused);
    assert_eq!((right.count(), wrong.count()), (0, 0), "a login with a wrong one");

    let bare_secret = String::clone(&bare(&right.read())).into();
    assert_eq!(answer(bare_secret, &event(&wrong.read())), Response::Refused);
    assert_eq!((right.count(), wrong.count()), (0, 0), "a secret that is no object");
    assert_eq!(answer(secret(&right.read()), &bare(&wrong.read())), Response::Refused);
    assert_eq!((right.count(), wrong.count()), (0, 0), "an event that is no object");

    // The latter is none that could be used.
    for form in ["$pbkdf2-sha256$1000$c2FsdHNhbHQ$", "$argon2id$"] {
        let mut stored = Zeroizing::new(String::with_capacity(200));
        stored.push_str(form);
        stored.push_str(&hash.read());
        assert_eq!(answer(secret(&stored), &event(&wrong.read())), Response::Refused);
        drop(stored);
        assert_eq!((hash.count(), wrong.count()), (0, 0), "a login against {form}");
    }
}
