//! Fuzz targets: functions that take any bytes at all and panic if a promise is broken.
//!
//! Each target is in a file of its own, which says what it checks beyond that nothing panics. The
//! programs in `fuzz_targets` only call these functions. Under cargo-fuzz they fuzz; on stable Rust
//! they try the files that they are given. `corpus` holds real samples, and each input that once
//! broke a promise. The tests try them all.

mod delivery;
mod document;
mod forms;
mod legacy_log;
mod login_event;
mod marks;
mod memcached_reply;
mod session_events;
mod stored_state;
mod structured_log;
mod user_secret;

use std::process::ExitCode;

pub use delivery::delivery;
pub use document::document;
pub use legacy_log::legacy_log;
pub use login_event::login_event;
pub use memcached_reply::memcached_reply;
pub use session_events::session_events;
pub use stored_state::stored_state;
pub use structured_log::structured_log;
pub use user_secret::user_secret;

/// The example of the project's README, as a test. It stands in a crate that is never published:
/// a package has nothing above its own folder.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// A function that takes any bytes at all and panics if a promise is broken.
pub type Target = fn(&[u8]);

/// Every target, by the name of its program and of its corpus.
pub const TARGETS: [(&str, Target); 9] = [
    ("delivery", delivery),
    ("document", document),
    ("legacy_log", legacy_log),
    ("login_event", login_event),
    ("memcached_reply", memcached_reply),
    ("session_events", session_events),
    ("stored_state", stored_state),
    ("structured_log", structured_log),
    ("user_secret", user_secret),
];

/// Makes a program of a target.
#[macro_export]
macro_rules! program {
    ($target:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $target(bytes));

        #[cfg(not(fuzzing))]
        fn main() -> std::process::ExitCode {
            $crate::replay($target)
        }
    };
}

/// Tries `target` with the files that the command line names.
#[must_use]
pub fn replay(target: Target) -> ExitCode {
    let files: Vec<_> = std::env::args_os().skip(1).collect();
    if files.is_empty() {
        eprintln!("error: name the files to try");
        return ExitCode::from(2);
    }
    for file in files {
        let name = file.to_string_lossy();
        match std::fs::read(&file) {
            Ok(bytes) => {
                println!("{name}: {} bytes", bytes.len());
                target(&bytes);
            }
            Err(error) => {
                eprintln!("error: {name}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
