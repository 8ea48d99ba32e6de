//! A function with a wrong setting does not start, and says why.

use std::path::Path;

use lambda_emulator::{Emulator, Function};
use session_limit_harness::leaks;

use crate::deployment::{GET_USER_CONFIG, SESSION_TRACKER};
use crate::tools::run;

#[test]
fn a_wrong_setting_stops_the_start_with_one_line() {
    run(async {
        let emulator = Emulator::start().await.unwrap();
        for (settings, begins) in [
            (&[][..], "SESSION_STORE: missing"),
            (&[("SESSION_STORE", "MARKER://user:MARKER@x")], "SESSION_STORE: "),
            (&[("SESSION_STORE", "memcached://x?MARKER")], "SESSION_STORE: "),
            (
                &[("SESSION_STORE", "none"), ("SECRET_NAME_PATTERN", "MARKER")],
                "SECRET_NAME_PATTERN: ",
            ),
            (&[("SESSION_STORE", "none"), ("RUST_LOG", "MARKER")], "RUST_LOG: "),
            (
                &[("SESSION_STORE", "none"), ("LOGIN_TIME_SECONDS", "301")],
                "LOGIN_TIME_SECONDS: longer than RESERVATION_TTL_SECONDS; accepted: ",
            ),
            (&[("SESSION_STORE", "none"), ("RESERVATION_CLASS", "MARKER")], "RESERVATION_CLASS: "),
            (
                &[
                    ("SESSION_STORE", "memcached://x:11211?max_value=16384"),
                    ("DEFAULT_MAX_SESSION_LIMIT", "1000"),
                ],
                "DEFAULT_MAX_SESSION_LIMIT: ",
            ),
        ] {
            let lines = refused(GET_USER_CONFIG, &emulator, settings).await;
            let [line] = lines.as_slice() else { panic!("{lines:?}") };
            assert!(line.starts_with(begins), "{line}");
        }
    });
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    run(async {
        let emulator = Emulator::start().await.unwrap();
        let settings = [
            ("KEY_PHASE", "MARKER"),
            ("SESSION_STORE", "memcached://x?MARKER"),
            ("SECRET_NAME_PATTERN", "MARKER"),
        ];
        for program in [GET_USER_CONFIG, SESSION_TRACKER] {
            let lines = refused(program, &emulator, &settings).await;
            let named = lines.iter().map(|line| line.split(':').next().unwrap());
            assert!(named.eq(settings.map(|(name, _)| name)), "{lines:?}");
            assert!(lines[1].contains("max_value"), "{}", lines[1]);
        }
    });
}

/// The errors of a function that does not start. Each line says what is accepted, and none shows a
/// value.
async fn refused(program: &str, emulator: &Emulator, settings: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let temporary = [("TMPDIR", folder.path().to_str().unwrap())];
    let environment = [settings, &temporary].concat();
    let mut function = Function::start(Path::new(program), emulator, &environment).unwrap();
    assert!(!function.ended().await.unwrap(), "{settings:?}");
    let log = function.log();
    leaks::none_in("what the function has written", log.as_bytes());
    leaks::none_below(folder.path());
    assert!(log.lines().all(|line| line.contains("; accepted: ")), "{log}");
    log.trim_start_matches("Error: ").lines().map(str::to_owned).collect()
}
